import Foundation
import RouseCompiler
import RouseFormats
import RouseNumerics
import RouseRuntime
import Testing

/// What a user finds in the output folder, and what is not there when something fails.
@Suite struct BundleTests {
  private func files(_ folder: String) throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
      if isFolder.boolValue { continue }
      result[name] = try InputFile.read("\(folder)/\(name)", limit: 1 << 28)
    }
    return result
  }

  @Test func everyArtefactIsThereAndEveryCheckHolds() throws {
    let made = try TinyRun.made()
    #expect(
      try Set(files(made.bundle).keys.filter { !$0.contains("/") }) == [
        "hey_nova.tflite", "hey_nova.json", "hey_nova.yaml", "hey_nova_several.yaml",
        "hey_nova_model.h", "hey_nova_model.c", "hey_nova_golden.h", "hey_nova.onnx",
        "hey_nova_int8.onnx", "hey_nova_streaming.onnx", "hey_nova_streaming_int8.onnx",
        "hey_nova_streaming_exact.onnx", "hey_nova.budget.json", "hey_nova.operating_points.csv",
        "hey_nova.quantization.json", "hey_nova.verify.json", "hey_nova.report.html",
        "hey_nova.sha256",
      ])
    for folder in ["esp-idf", "arduino", "zephyr"] {
      #expect(try files("\(made.bundle)/\(folder)/hey_nova").count >= 9)
    }
    let report = made.result.verification
    #expect(report.holds)
    // Reports cannot prove themselves, nor the list that is made of them.
    let madeLast = ["hey_nova.verify.json", "hey_nova.sha256", "hey_nova.report.html"]
    #expect(
      try Set(report.checks.map(\.artefact))
        == Set(files(made.bundle).keys).subtracting(madeLast))
    let steps = report.checks.filter {
      $0.artefact == "hey_nova.tflite" && $0.unit == "streaming steps"
    }
    #expect(steps.allSatisfy { $0.compared >= Verify.minimumSteps && $0.largestDifference == 0 })
    let onDisk = try JSONDecoder().decode(
      VerificationReport.self,
      from: Data(try InputFile.read("\(made.bundle)/hey_nova.verify.json", limit: 1 << 20)))
    #expect(onDisk == report)
  }

  @Test func theSameSeedGivesTheSameBytes() throws {
    let made = try TinyRun.made()
    let run = "\(made.folder)/again"
    try TinyRun.train(into: run, corpusFolder: made.folder)
    let bundle = "\(made.folder)/again-bundle"
    let request = try RunCompilation(folder: run, target: "esp32-s3-n16r8")
      .request(name: nil, output: bundle)
    _ = try Pipeline(request).run()
    #expect(try files(bundle) == files(made.bundle))
  }

  @Test func aTargetThatIsTooSmallGetsATableAndNoFiles() throws {
    let made = try TinyRun.made()
    var request = made.request
    request.output = "\(made.folder)/too-small"
    request.profile.memory.tensorArenaBytes.value = 8_000
    let error = #expect(throws: CompilerError.self) { try Pipeline(request).run() }
    guard case .doesNotFit(let report)? = error else {
      Issue.record("expected doesNotFit, found \(String(describing: error))")
      return
    }
    #expect(report.lines.contains { $0.name == "tensor arena" && $0.over > 0 })
    #expect(!FileManager.default.fileExists(atPath: request.output))
    request.force = true
    #expect(try Pipeline(request).run() != nil)
    #expect(try files(request.output).keys.sorted() == files(made.bundle).keys.sorted())
  }

  @Test func aBundleThatFailsItsProofReplacesNothing() throws {
    let made = try TinyRun.made()
    var artefacts = made.result.artefacts
    guard let model = artefacts.firstIndex(where: { $0.fileName.hasSuffix(".tflite") }) else {
      Issue.record("no model")
      return
    }
    // One weight changes in the file only: the graph decoded from it is no longer the quantized one.
    let weights = try #require(
      made.result.planned.tflite.buffers.max { $0.count < $1.count })
    let bytes = artefacts[model].bytes
    let start = try #require(
      (0..<bytes.count - weights.count).first { Array(bytes[$0..<$0 + weights.count]) == weights })
    artefacts[model].bytes[start] ^= 1
    let output = "\(made.folder)/broken"
    let staged = try StagedBundle(artefacts, named: "hey_nova", in: output)
    defer { staged.discard() }
    let deployable = made.result.deployable.window
    #expect(throws: CompilerError.self) {
      try Verify.report(
        on: staged, made.result.planned,
        DeployableModel(
          window: deployable, streaming: try MakeStreaming.apply(to: deployable)), made.request)
    }
    staged.discard()
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  @Test(arguments: [Pipeline.Pass.foldBatchNorm, .makeStreaming, .quantize, .plan, .emit])
  func stoppingAfterAPassWritesNothing(_ pass: Pipeline.Pass) throws {
    let made = try TinyRun.made()
    var request = made.request
    request.output = "\(made.folder)/stopped-\(pass.rawValue)"
    #expect(try Pipeline(request, stopAfter: pass).run() == nil)
    #expect(!FileManager.default.fileExists(atPath: request.output))
  }

  @Test func compilingTwiceIntoTheSameFolderWorks() throws {
    let made = try TinyRun.made()
    var request = made.request
    request.output = "\(made.folder)/twice"
    request.detection = made.result.planned.detection
    _ = try Pipeline(request).run()
    let once = try files(request.output)
    _ = try Pipeline(request).run()
    #expect(try files(request.output) == once)
    try AtomicFile.write("mine", to: "\(request.output)/notes.txt")
    #expect(throws: FormatError.self) { try Pipeline(request).run() }
    #expect(try files(request.output).count == once.count + 1)
  }

  @Test func goldenVectorsVaryAndReachTheMostConfidentInference() throws {
    let made = try TinyRun.made()
    let golden = try GoldenVectors(
      header: try InputFile.read("\(made.bundle)/hey_nova_golden.h", limit: 1 << 20))
    #expect(golden.probabilities.count == 64 && golden.rowBytes == 120)
    #expect(Set(golden.probabilities).count > 1)
    var interpreter = try Interpreter(made.result.planned.quantized.streaming)
    #expect(interpreter.runStream(golden.rows) == golden.probabilities)
  }

  @Test func theBudgetTellsWhatOtherKernelsNeed() throws {
    let made = try TinyRun.made()
    let others = made.result.planned.budget.otherLibraries
    #expect(others.map(\.kernelLibrary) == ["esp-nn-1.2.1", "esp-nn-1.2.3", "reference"])
    let snippet = String(
      decoding: try InputFile.read("\(made.bundle)/hey_nova.yaml", limit: 1 << 20), as: UTF8.self)
    for other in others {
      #expect(
        snippet.contains(
          "# With \(other.kernelLibrary) kernels it must be \(other.recommendedBytes) "))
    }
    let pins = String(
      decoding: try InputFile.read(
        "\(made.bundle)/esp-idf/hey_nova/idf_component.yml", limit: 1 << 20), as: UTF8.self)
    #expect(pins.contains("espressif/esp-tflite-micro: \"1.3.3~1\""))
    #expect(pins.contains("espressif/esp-nn: \"1.1.2\""))
  }
}
