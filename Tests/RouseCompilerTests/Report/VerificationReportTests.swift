import Foundation
import RouseCompiler
import RouseFormats
import Testing

/// `NAME.verify.json` for programs: stable keys, real figures.
@Suite struct VerificationReportTests {
  private func object() throws -> [String: Any] {
    let bytes = try #require(try TinyCompilation.made().files["tiny.verify.json"])
    return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  @Test func readsBackEqual() throws {
    let made = try TinyCompilation.made()
    let bytes = try #require(made.files["tiny.verify.json"])
    let found = try JSONDecoder().decode(VerificationReport.self, from: Data(bytes))
    #expect(found == made.result.verification)
  }

  /// The README explains every key.
  @Test func keysAreThoseOfTheDocument() throws {
    let object = try object()
    #expect(Set(object.keys) == ["verdict", "steps", "checks", "files", "model", "layers"])
    let model = try #require(object["model"] as? [String: Any])
    #expect(
      Set(model.keys) == ["target", "counts", "sizes", "arena", "detection", "provenance"])
    let readme = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/RouseCompiler/Verification/README.md"), encoding: .utf8)
    func keys(_ value: Any) -> Set<String> {
      if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(keys($1)) } }
      guard let object = value as? [String: Any] else { return [] }
      return object.reduce(into: []) { found, entry in
        found.insert(entry.key)
        // Keys of these are names out of the model and of what it was made of.
        if entry.key != "operatorsByName" && entry.key != "provenance" {
          found.formUnion(keys(entry.value))
        }
      }
    }
    let explained = Set(readme.split { !$0.isLetter && !$0.isNumber }.map(String.init))
    #expect(keys(object).subtracting(explained).sorted() == [])
  }

  @Test func figuresAreThoseOfTheCompilation() throws {
    let made = try TinyCompilation.made()
    let (planned, proof) = (made.result.planned, made.result.verification)
    let bytes = try #require(made.files["tiny.tflite"])
    let inspection = try ModelInspection.read(bytes, as: .tflite)
    #expect(proof.model.sizes.reduce(0) { $0 + $1.bytes } == bytes.count)
    #expect(proof.model.counts.operators == inspection.graphs.reduce(0) { $0 + $1.operators.count })
    #expect(proof.model.counts.operatorsByName == inspection.totals.operators)
    let arena = proof.model.arena
    #expect(arena.minimumBytes == planned.arena.minimumBytes)
    #expect(arena.headBytes == arena.headLowerBoundBytes + arena.plannerGapBytes)
    #expect(
      arena.plannerGapBytes >= 0 && arena.headLowerBoundBytes >= planned.arena.peak?.liveBytes ?? 0)
    #expect(arena.persistentBytes.reduce(0) { $0 + $1.bytes } == arena.tailBytes)
    #expect(proof.steps >= Verify.minimumSteps && proof.holds)
    let madeLast = ["tiny.verify.json", "tiny.sha256", "tiny.report.html"]
    #expect(
      proof.files.map(\.name).sorted()
        == Set(made.files.keys).subtracting(madeLast).sorted())
    for file in proof.files { #expect(made.files[file.name]?.count == file.bytes) }
    #expect(proof.model.detection.cutoff == 200 && proof.model.target.fits)
  }

  /// The bound counts the padded sizes of what is alive at a time, here one time after the other.
  @Test(arguments: ["okay_nabu", "alexa", "vad"])
  func theLowerBoundCountsWhatIsAlive(_ name: String) throws {
    for library in [KernelLibrary.reference, .espNN112, .espNN123] {
      let plan = try ArenaModel(library: library).report(for: StructureFixture.model(name)).plan
      let last = plan.placements.map(\.lastUse).max() ?? 0
      let alive = (-1...last).map { time in
        plan.placements.filter { ($0.firstUse...$0.lastUse).contains(time) }
          .reduce(0) { $0 + ($1.bytes + 15) / 16 * 16 }
      }
      #expect(plan.mostBytesAlive == alive.max())
      #expect(plan.mostBytesAlive <= plan.headBytes)
    }
  }
}
