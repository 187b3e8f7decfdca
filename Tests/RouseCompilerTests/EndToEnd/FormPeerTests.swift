import Foundation
import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import RouseTraining
import Testing

/// TFLite Micro computes the same from every form of a file; LiteRT does, or refuses where the form says so.
@Suite(.enabled(if: Peer.isAvailable, "./test sets up the peers"))
struct FormPeerTests {
  enum Network: String, CaseIterable, Sendable {
    case tiny
    /// The published MixedNet of `esphome-standard` with untrained weights.
    case standard

    var channels: Int { self == .tiny ? TinyNetwork.channels : 40 }

    func graph() throws -> Graph {
      guard self == .standard else { return try MemoryPlanTests.streaming() }
      var generator = SeededGenerator(seed: 11)
      let training = try MixedNet.graph(
        MixedNetArchitecture(), stepMilliseconds: 10, generator: &generator)
      let streaming = try MakeStreaming.apply(to: try FoldBatchNorm.apply(to: training))
      let rows = self.rows(150).map { (Float($0) + 128) * 0.1 }
      return try QuantizeModel.apply(
        to: streaming, ranges: try Calibrate.ranges(of: streaming, over: [rows]),
        input: Quantization(scale: 0.1, zeroPoint: -128))
    }

    func rows(_ count: Int) -> [Int8] {
      var generator = SeededGenerator(seed: 5)
      return (0..<count * channels).map { _ in Int8(generator.below(256) - 128) }
    }
  }

  /// Each choice alone, and the named forms with each kind of state.
  static let forms: [TFLiteForm] = {
    var forms: [TFLiteForm] = [
      .full, .lean, .bare, TFLiteForm(names: .omitted), TFLiteForm(variableNames: .short),
      TFLiteForm(biasScales: .whereRead), TFLiteForm(state: .tensors),
      TFLiteForm(initialState: .computed), TFLiteForm(initialState: .omitted),
      TFLiteForm(zeroPoints: .one), TFLiteForm(operatorCodes: .oneField),
      TFLiteForm(buffers: .alignedTo4),
    ]
    for initial in TFLiteForm.InitialState.allCases {
      var form = TFLiteForm.lean
      (form.state, form.initialState) = (.resources, initial)
      forms.append(form)
    }
    return forms
  }()

  @Test(arguments: Network.allCases)
  func everyFormGivesTheSameBits(_ network: Network) throws {
    let graph = try network.graph()
    let rows = network.rows(1_200)
    var interpreter = try Interpreter(graph)
    let expected = interpreter.runStream(rows).map { Int16($0) }
    #expect(expected.count >= 400)
    #expect(Set(expected).count > 3)
    // TFLite Micro is reset before the middle step.
    let stepBytes = graph[graph.inputs[0]].type.bytes
    let half = expected.count / 2
    var fresh = try Interpreter(graph)
    let second = fresh.runStream(Array(rows.dropFirst(half * stepBytes))).map { Int16($0) }
    let restarted = Array(expected.prefix(half)) + second
    #expect(restarted != expected, "the state matters")

    try withTemporaryFolder { folder in
      var models: [(form: TFLiteForm, model: TFLiteModel)] = []
      for form in Self.forms {
        models.append(
          (form, try TFLiteLowering.model(from: graph, description: "", form: form)))
      }
      // The device's own plan, as an offline plan.
      let lean = try TFLiteLowering.model(from: graph, description: "", form: .lean)
      let memory = try ArenaModel(library: .reference).report(for: lean).plan
      models.append(
        (.lean, lean.planned(memory.offsets(tensorCount: lean.subgraphs[0].tensors.count))))

      var paths: [String] = []
      for (index, entry) in models.enumerated() {
        paths.append("\(folder)/\(index).tflite")
        try AtomicFile.write(
          TFLiteWriter.write(entry.model, form: entry.form), to: paths[index])
      }
      let input = NPYArray(shape: [rows.count / network.channels, network.channels], .int8(rows))
      try AtomicFile.write(input.bytes, to: "\(folder)/in.npy")
      try Peer.run("run_forms.py", ["\(folder)/in.npy", "\(folder)/out.npy"] + paths)
      guard case .int16(let found) = try Peer.array("\(folder)/out.npy").elements else {
        Issue.record("the peers gave no int16")
        return
      }
      let steps = expected.count
      try #require(found.count == models.count * 3 * steps)
      for (index, entry) in models.enumerated() {
        func row(_ kind: Int) -> [Int16] {
          let start = (index * 3 + kind) * steps
          return Array(found[start..<start + steps])
        }
        #expect(row(0) == expected, "TFLite Micro, \(entry.form)")
        #expect(row(1) == restarted, "TFLite Micro with a reset, \(entry.form)")
        let refused = [Int16](repeating: -1, count: steps)
        let claimed = entry.form.runsInTensorFlowLite(graph) ? expected : refused
        #expect(row(2) == claimed, "LiteRT, \(entry.form)")
      }
    }
  }

  private func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  /// The published network takes 59,824 bytes as TensorFlow converts it and 26,848 as bare weights and biases.
  @Test func standardNetworkIsSmall() throws {
    let graph = try Network.standard.graph()
    func bytes(_ form: TFLiteForm) throws -> Int {
      let model = try TFLiteLowering.model(from: graph, description: "Rouse", form: form)
      return TFLiteWriter.write(model, form: form).count
    }
    #expect(try bytes(.lean) <= 35_300)
    #expect(try bytes(.bare) <= 34_500)
  }
}
