import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

@Suite struct TFLiteFormTests {
  /// Every combination of every choice.
  static let all: [TFLiteForm] = {
    var forms = [TFLiteForm.full]
    func vary<Choice>(_ choices: [Choice], _ field: WritableKeyPath<TFLiteForm, Choice>) {
      forms = forms.flatMap { form in
        choices.map { choice in
          var changed = form
          changed[keyPath: field] = choice
          return changed
        }
      }
    }
    vary(TFLiteForm.Names.allCases, \.names)
    vary(TFLiteForm.VariableNames.allCases, \.variableNames)
    vary(TFLiteForm.BiasScales.allCases, \.biasScales)
    vary(TFLiteForm.State.allCases, \.state)
    vary(TFLiteForm.InitialState.allCases, \.initialState)
    vary(TFLiteForm.ZeroPoints.allCases, \.zeroPoints)
    vary(TFLiteForm.OperatorCodes.allCases, \.operatorCodes)
    vary(TFLiteForm.Buffers.allCases, \.buffers)
    return forms
  }()

  private static func file(_ graph: Graph, _ form: TFLiteForm) throws -> [UInt8] {
    let model = try TFLiteLowering.model(from: graph, description: "", form: form)
    return TFLiteWriter.write(model, form: form)
  }

  private static func decoded(_ graph: Graph, _ form: TFLiteForm) throws -> Graph {
    try GraphDecoding.graph(from: try TFLiteReader.read(try file(graph, form)))
  }

  // MARK: - Round trip

  @Test func decodesWhatTheFormShows() throws {
    let graph = try StreamingGraph.int8()
    for form in Self.all {
      #expect(try Self.decoded(graph, form) == form.visible(in: graph), "\(form)")
    }
  }

  @Test func fullShowsEverything() throws {
    let graph = try StreamingGraph.int8()
    #expect(TFLiteForm.full.visible(in: graph) == graph)
  }

  @Test func floatGraphsHaveForms() throws {
    let graph = try StreamingGraph.float32()
    for form in [TFLiteForm.full, .lean, .bare] {
      #expect(try Self.decoded(graph, form) == form.visible(in: graph))
    }
  }

  /// What is left of a graph is one that the pipeline accepts, and it computes the same.
  @Test func everyFormComputesTheSame() throws {
    let graph = try StreamingGraph.int8()
    var random = SeededGenerator(seed: 3)
    let rows = (0..<300 * 24).map { _ in Int8(random.below(256) - 128) }
    var interpreter = try Interpreter(graph)
    let expected = interpreter.runStream(rows)
    #expect(Set(expected).count > 1)
    for visible in Set(Self.all.map { $0.visible(in: graph) }) {
      try GraphVerifier.verify(visible, phase: .quantized)
      var other = try Interpreter(visible)
      #expect(other.runStream(rows) == expected)
    }
  }

  // MARK: - Bytes

  @Test func eachChoiceSavesBytes() throws {
    let graph = try StreamingGraph.int8()
    let full = try Self.file(graph, .full).count
    func saved(_ change: (inout TFLiteForm) -> Void) throws -> Int {
      var form = TFLiteForm.full
      change(&form)
      return full - (try Self.file(graph, form).count)
    }
    #expect(try saved { $0.names = .omitted } > 0)
    #expect(try saved { $0.variableNames = .short } >= 0)
    #expect(try saved { $0.biasScales = .whereRead } > 0)
    #expect(try saved { $0.state = .tensors } > 0)
    #expect(try saved { $0.initialState = .omitted } > 0)
    #expect(try saved { $0.zeroPoints = .one } > 0)
    #expect(try saved { $0.operatorCodes = .oneField } > 0)
    #expect(try saved { $0.buffers = .alignedTo4 } > 0)
  }

  /// Only the file that a form without initial state leaves to TFLite Micro keeps TensorFlow Lite out.
  @Test func saysWhatTensorFlowLiteRuns() throws {
    let graph = try StreamingGraph.int8()
    #expect(TFLiteForm.full.runsInTensorFlowLite(graph))
    #expect(TFLiteForm.lean.runsInTensorFlowLite(graph))
    #expect(!TFLiteForm.bare.runsInTensorFlowLite(graph))
    #expect(!TFLiteForm(initialState: .omitted).runsInTensorFlowLite(graph))
    #expect(TFLiteForm(state: .tensors, initialState: .omitted).runsInTensorFlowLite(graph))
    #expect(!TFLiteForm(zeroPoints: .one).runsInTensorFlowLite(graph))
  }

  @Test func theMostFrequentOperatorIsNumberZero() throws {
    let model = try TFLiteLowering.model(
      from: try StreamingGraph.int8(), description: "", form: .lean)
    var uses = [Int](repeating: 0, count: model.operatorCodes.count)
    for node in model.subgraphs.flatMap(\.operators) { uses[node.opcode] += 1 }
    #expect(uses == uses.sorted(by: >))
  }

  /// FULLY_CONNECTED with one scale compares the bias's with the product; the others never look.
  @Test func keepsBiasScalesThatAreRead() throws {
    let graph = TFLiteForm.lean.visible(in: try StreamingGraph.int8())
    var scales: [String: [Bool]] = [:]
    for node in graph.nodes where node.inputs.count == 3 {
      scales[node.op.name, default: []].append(graph[node.inputs[2]].type.quantization != nil)
    }
    #expect(
      scales == [
        "conv_2d": [false, false], "depthwise_conv_2d": [false, false], "fully_connected": [true],
      ])
  }

  // MARK: - State

  @Test func stateInTensorsNeedsNoOperators() throws {
    let model = try TFLiteLowering.model(
      from: try StreamingGraph.int8(), description: "", form: .lean)
    #expect(model.subgraphs.count == 1)
    #expect(model.subgraphs[0].tensors.count(where: \.isVariable) == 2)
    #expect(!model.operatorCodes.contains { $0.builtin == .varHandle })
  }

  /// A state that does not start at its zero point, or is used after the next one is made, stays a resource.
  @Test func otherStateStaysAResource() throws {
    var graph = try StreamingGraph.int8()
    graph.variables[0].initial = .int8((0..<16).map { Int8($0) })
    for form in Self.all {
      #expect(try Self.decoded(graph, form) == form.visible(in: graph), "\(form)")
    }
    let model = try TFLiteLowering.model(from: graph, description: "", form: .bare)
    #expect(model.subgraphs.count == 2)
    #expect(model.subgraphs[0].tensors.count(where: \.isVariable) == 1)

    var late = try StreamingGraph.int8()
    let past = try #require(late.value(named: "stem/past"))
    late.outputs.append(past)
    let other = try TFLiteLowering.model(from: late, description: "", form: .lean)
    #expect(other.subgraphs[0].tensors.count(where: \.isVariable) == 1)
    #expect(try GraphDecoding.graph(from: other) == TFLiteForm.lean.visible(in: late))
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var rule: String
    var found: String
    var change: @Sendable (inout TFLiteModel) -> Void
  }

  private static func state(_ model: TFLiteModel) -> Int {
    model.subgraphs[0].tensors.firstIndex(where: \.isVariable) ?? 0
  }

  static let faults = [
    Fault(
      testDescription: "nothing writes it", rule: "a variable that an operator writes",
      found: "one that none writes",
      change: { model in
        let t = Int32(state(model))
        model.subgraphs[0].operators.removeAll { $0.outputs == [t] }
      }),
    Fault(
      testDescription: "written twice", rule: "a variable that one operator writes",
      found: "one that two write",
      change: { model in
        let t = Int32(state(model))
        if let writer = model.subgraphs[0].operators.first(where: { $0.outputs == [t] }) {
          model.subgraphs[0].operators.append(writer)
        }
      }),
    Fault(
      testDescription: "no zero point", rule: "a zero point to start at", found: "none",
      change: { $0.subgraphs[0].tensors[state($0)].quantization = nil }),
    Fault(
      testDescription: "written in place", rule: "another tensor than an input of its operator",
      found: "one written in place",
      change: { model in
        let t = Int32(state(model))
        for index in model.subgraphs[0].operators.indices
        where model.subgraphs[0].operators[index].outputs == [t] {
          model.subgraphs[0].operators[index].inputs[0] = t
        }
      }),
  ]

  @Test(arguments: faults)
  func refusesStateThatMeansNothing(_ fault: Fault) throws {
    var model = try TFLiteLowering.model(
      from: try StreamingGraph.int8(), description: "", form: TFLiteForm(state: .tensors))
    fault.change(&model)
    let changed = model
    #expect(
      throws: FormatError.tensorRule(
        .tflite, tensor: "stem/rest", rule: fault.rule, found: fault.found)
    ) { try GraphDecoding.graph(from: changed) }
  }

  /// Runtimes fill a uint8 tensor with 0, which is not its zero point.
  @Test func doesNotModelUnsignedStateWithAZeroPoint() throws {
    var model = try TFLiteLowering.model(
      from: try StreamingGraph.int8(), description: "", form: TFLiteForm(state: .tensors))
    let state = Self.state(model)
    model.subgraphs[0].tensors[state].element = .uint8
    model.subgraphs[0].tensors[state].quantization?.zeroPoints = [128]
    let changed = model
    #expect(
      throws: FormatError.unmodelledTensor(
        .tflite, tensor: "stem/rest", rule: "int8 or zero point 0 in a variable",
        found: "uint8 with zero point 128")
    ) { try GraphDecoding.graph(from: changed) }
  }

  // MARK: - Plan

  @Test func holdsAPlanOfTheArena() throws {
    let model = try TFLiteLowering.model(
      from: try StreamingGraph.int8(), description: "", form: .lean)
    let count = model.subgraphs[0].tensors.count
    let planned = model.planned([nil, 16] + [Int?](repeating: nil, count: count - 2))
    let read = try TFLiteReader.read(TFLiteWriter.write(planned, form: .lean))
    #expect(read.metadata.map(\.name) == ["OfflineMemoryAllocation"])
    let words = read.buffers[read.metadata[0].buffer]
    #expect(words.count == 4 * (3 + count))
    #expect(words[8] == UInt8(count))
    #expect(words[12..<20] == [255, 255, 255, 255, 16, 0, 0, 0])
  }
}
