import Foundation
import RouseCompiler
import RouseFormats
import RouseTraining
import Testing

/// Whole compilations with every pass, proven file by file.
@Suite struct ArchitecturePipelineTests {
  /// Seeds whose networks have residual connections, attention, each kind of pooling, groups and branches.
  @Test(arguments: [UInt64(1), 4, 6, 8, 11, 15])
  func everyKindOfNetworkIsCompiledAndProven(_ seed: UInt64) throws {
    let random = RandomArchitecture(seed: seed)
    let folder = NSTemporaryDirectory() + "rouse-architecture-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var request = CompilationRequest(
      source: SourceModel(
        graph: try random.graph(), wakeWord: "any", stepMilliseconds: 10, origin: "a test",
        corpusDigest: nil),
      calibration: [random.rows(200)], heldOut: [random.rows(150)],
      validation: .init(positives: [], ambient: []), profile: try LoweringTests.profile.get(),
      name: "any", output: folder)
    request.detection = Detection(cutoff: 200, window: 5)
    let compilation = try #require(try Pipeline(request).run())
    #expect(compilation.planned.budget.fits)
    #expect(compilation.planned.budget.unregisteredOperators.isEmpty)
    let report = try Check.report(
      CheckRequest(
        inputs: [.init(file: "any.tflite", model: .bytes(compilation.planned.tfliteBytes))],
        profile: request.profile))
    #expect(report.verdict == .fits, "\(report.findings)")
  }
}
