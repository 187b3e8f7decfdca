import Foundation
import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import Testing

/// Pairs of models of which it is known what differs.
@Suite struct DiffTests {
  private func report(
    _ a: DiffModel, _ b: DiffModel, features: DiffFeatures? = nil
  ) throws -> DiffReport {
    Diff.report(
      a, b, profile: try TargetCatalog.profile("esp32-s3-n16r8"), features: features)
  }

  private func tiny() throws -> DiffModel {
    let bytes = try #require(try TinyCompilation.made().files["tiny.tflite"])
    return try DiffModel(file: "out/tiny.tflite", bytes: bytes)
  }

  @Test func aModelEqualsItself() throws {
    let report = try report(tiny(), tiny())
    #expect(
      report.verdict == .identical && report.files.isEqual && report.files.a.name == "tiny.tflite")
    #expect(report.operatorEdits.isEmpty && report.operatorKinds.isEmpty)
    #expect(report.quantization.isEmpty && report.constants.isEmpty && report.manifest.isEmpty)
    #expect(report.sizes.allSatisfy { $0.a == $0.b })
    #expect(report.sizes.reduce(0) { $0 + $1.a } == report.files.a.bytes)
    let outputs = try #require(report.outputs)
    #expect(outputs.differing == 0 && outputs.steps == 500 && outputs.firstDiffering == nil)
    #expect(
      outputs.features == "1000 rows of random codes", "the tiny network takes 4 numbers a row")
    let libraries = report.arenas.map(\.library)
    #expect(libraries.contains("reference") && report.arenas.count { $0.isCurrent } == 1)
    let planned = try TinyCompilation.made().result.planned
    #expect(
      report.arenas.first { $0.isCurrent }?.minimumBytes.b == planned.arena.minimumBytes)
  }

  @Test func oneWeightThatChanged() throws {
    let a = try tiny()
    var model = a.model
    let index = try #require(a.inspection.graphs[0].tensors.firstIndex { $0.role == .weight })
    let tensor = model.subgraphs[0].tensors[index]
    let old = Int(Int8(bitPattern: model.buffers[tensor.buffer][0]))
    let new = old > 0 ? old - 100 : old + 100
    model.buffers[tensor.buffer][0] = UInt8(bitPattern: Int8(new))
    let report = try report(a, DiffModels.side(model))
    #expect(report.operatorEdits.isEmpty && report.quantization.isEmpty)
    let change = try #require(report.constants.first)
    let name = tensor.name.isEmpty ? "tensor \(index)" : tensor.name
    #expect(report.constants.count == 1 && change.tensor == name && change.role == "weight")
    #expect(change.elements == model.buffers[tensor.buffer].count)
    #expect(change.differing == 1 && change.largestDifference == 100 && change.differingScales == 0)
    let outputs = try #require(report.outputs)
    #expect(outputs.differing > 0 && outputs.largestDifference >= 1 && outputs.unit == "codes")
    #expect(outputs.rowsBeforeFirst == ((outputs.firstDiffering ?? 0) + 1) * 2)
    #expect(report.verdict == .differentBehaviour)
  }

  @Test func aScaleThatChanged() throws {
    let report = try report(
      DiffModels.side(DiffModels.dense()), DiffModels.side(DiffModels.dense(logitScale: 0.2)))
    #expect(report.quantization.map(\.tensor) == ["logit"])
    let change = try #require(report.quantization.first)
    #expect(change.operation == "FULLY_CONNECTED 1" && change.scale == .init(0.1, 0.2))
    #expect(change.zeroPoint == .init(0, 0))
    #expect(report.operatorEdits.isEmpty && report.constants.isEmpty)
    #expect(report.outputs?.features == "12 s of generated sound")
    // 1198 rows of 10 ms, one a step; coarser logits give other probabilities.
    #expect(report.outputs?.steps == 1198 && report.verdict == .differentBehaviour)
  }

  @Test func operatorsThatChangeNothing() throws {
    let report = try report(
      DiffModels.side(DiffModels.dense()), DiffModels.side(DiffModels.dense(copies: 2)))
    #expect(report.operatorCount == .init(4, 6) && report.tensorCount == .init(8, 10))
    let kind = try #require(report.operatorKinds.first)
    #expect(
      report.operatorKinds.count == 1 && kind.name == "QUANTIZE" && (kind.a, kind.b) == (1, 3))
    #expect(report.operatorEdits.map(\.kind) == [.added, .added])
    #expect(report.operatorEdits.map(\.index) == [2, 3])
    #expect(report.operatorEdits.allSatisfy { $0.text == "QUANTIZE 1x1 -> 1x1" })
    #expect(report.outputs?.differing == 0 && report.verdict == .sameBehaviour)
    // What stands behind the new operators is still compared.
    let moved = try self.report(
      DiffModels.side(DiffModels.dense(weight: 3)),
      DiffModels.side(DiffModels.dense(weight: 4, copies: 1)))
    #expect(moved.constants.map(\.differing) == [40])
    #expect(moved.operatorEdits.count == 1)
    let swapped = try self.report(
      DiffModels.side(DiffModels.dense(copies: 2)), DiffModels.side(DiffModels.dense()))
    #expect(swapped.operatorEdits.map(\.kind) == [.removed, .removed])
  }

  /// Models that take one and two rows a step meet after every second row.
  @Test func otherStridesAreComparedWhereTheyMeet() throws {
    let report = try report(
      DiffModels.side(DiffModels.dense(rows: 1)), DiffModels.side(DiffModels.dense(rows: 2)))
    #expect(report.outputs?.steps == 599 && report.outputs?.differing == 0)
    #expect(report.verdict == .sameBehaviour && !report.operatorEdits.isEmpty)
  }

  @Test func rowsOfOnesOwn() throws {
    let (a, b) = (
      try DiffModels.side(DiffModels.dense()), try DiffModels.side(DiffModels.dense(weight: 5))
    )
    var rows = [Int8](repeating: -128, count: 3 * 40)
    rows[100] = 127
    let features = try DiffFeatures(
      NPYArray(shape: [3, 40], .int8(rows)), name: "rows.npy")
    let outputs = try #require(try report(a, b, features: features).outputs)
    #expect(outputs.steps == 3 && outputs.features == "rows.npy")
    // Only the third row is not silence: 25.5 · 0.006 and 25.5 · 0.01 are 2 and 3 steps of the logit.
    #expect(outputs.differing == 1 && outputs.firstDiffering == 2 && outputs.rowsBeforeFirst == 3)
    let wrong = try DiffFeatures(NPYArray(shape: [3, 8], .int8(Array(rows[..<24]))), name: "w.npy")
    let refused = try report(a, b, features: wrong)
    #expect(refused.outputs == nil && refused.verdict == .unknown)
    #expect(refused.outputsProblem?.contains("8 numbers") == true)
    #expect(throws: CompilerError.self) {
      try DiffFeatures(
        NPYArray(shape: [2, 40], .float32(.init(repeating: 0, count: 80))), name: "f")
    }
  }

  @Test func modelsThatTakeOtherThings() throws {
    let report = try report(DiffModels.side(DiffModels.dense()), tiny())
    #expect(report.outputs == nil && report.verdict == .unknown)
    #expect(report.outputsProblem?.contains("takes int8") == true)
    #expect(!report.operatorEdits.isEmpty)
  }

  @Test func manifestsDecideDetection() throws {
    func manifest(_ cutoff: String, _ author: String) throws -> LenientManifest {
      try LenientManifestReader.read(
        Array(
          """
          {"type": "micro", "wake_word": "w", "author": "\(author)", "website": "https://e.com",
           "model": "m.tflite", "trained_languages": ["en"], "version": 2,
           "micro": {"probability_cutoff": \(cutoff), "feature_step_size": 10,
           "sliding_window_size": 5, "tensor_arena_size": 30000,
           "minimum_esphome_version": "2024.7.0"}}
          """.utf8))
    }
    let bytes = TFLiteWriter.write(DiffModels.dense())
    func side(_ manifest: LenientManifest?) throws -> DiffModel {
      try DiffModel(file: "m.tflite", bytes: bytes, manifest: manifest)
    }
    let base = try side(manifest("0.9", "A"))
    let author = try report(base, side(manifest("0.9", "B")))
    #expect(author.manifest.map { [$0.key, $0.a, $0.b] } == [["author", "A", "B"]])
    #expect(author.verdict == .sameBehaviour)
    let cutoff = try report(base, side(manifest("0.8", "A")))
    #expect(cutoff.manifest.map(\.key) == ["micro.probability_cutoff"])
    #expect(cutoff.verdict == .differentBehaviour && cutoff.outputs?.differing == 0)
    // 0.9 and 0.901 are both code 229.
    #expect(try report(base, side(manifest("0.901", "A"))).verdict == .sameBehaviour)
    let absent = try report(base, side(nil))
    #expect(absent.manifest.count == 12 && absent.manifest.allSatisfy { $0.b == "absent" })
  }

  /// Files with a random byte changed either are refused or give a report; nothing traps.
  @Test func damagedModelsAreComparedOrRefused() throws {
    let a = try tiny()
    let features = try DiffFeatures(
      NPYArray(shape: [4, 4], .int8([Int8](repeating: 1, count: 16))), name: "rows")
    var generator = SeededGenerator(seed: 21)
    var compared = 0
    for _ in 0..<60 {
      var bytes = a.bytes
      bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
      do {
        let b = try DiffModel(file: "b.tflite", bytes: bytes)
        let report = try report(a, b, features: features)
        #expect(report.verdict != .identical || bytes == a.bytes)
        #expect(report.json.hasSuffix("}\n"))
        compared += 1
      } catch CompilerError.unreadable(let file, _, _) { #expect(file == "b.tflite") }
    }
    #expect(compared > 0 && compared < 60, "\(compared)")
  }

  @Test func jsonIsStable() throws {
    let (a, b) = (
      try DiffModels.side(DiffModels.dense()), try DiffModels.side(DiffModels.dense(weight: 4))
    )
    let json = try report(a, b).json
    #expect(try json == report(a, b).json && json.hasSuffix("}\n"))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let readme = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/RouseCompiler/Diff/README.md"), encoding: .utf8)
    for key in object.keys.sorted() { #expect(readme.contains("`\(key)"), "\(key)") }
  }

  @Test(.enabled(if: PublishedModels.isAvailable), arguments: PublishedModels.wakeWords)
  func publishedModels(_ name: String) throws {
    func model(_ name: String, _ package: String) throws -> DiffModel {
      try DiffModel(at: PublishedModels.path("\(name).json", package: package))
    }
    let a = try model(name, "pymicro-wakeword==2.2.1")
    #expect(try report(a, a).verdict == .identical)
    let other = name == "alexa" ? "okay_nabu" : "alexa"
    let report = try report(a, model(other, "pymicro-wakeword==2.2.1"))
    #expect(report.verdict == .differentBehaviour)
    let outputs = try #require(report.outputs)
    #expect(outputs.steps == 399 && outputs.differing > 0 && report.arenas.count > 1)
    #expect(report.manifest.contains { $0.key == "wake_word" })
    let edits = report.operatorEdits
    let (removed, added) = (edits.count { $0.kind == .removed }, edits.count { $0.kind == .added })
    #expect(report.operatorCount.a - removed == report.operatorCount.b - added)
  }
}
