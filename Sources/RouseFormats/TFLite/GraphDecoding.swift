import RouseIR
import RouseNumerics

/// Turns a TFLite model back into a graph; the inverse of `TFLiteLowering`, and a reader of other converters' models.
///
/// - Resource handles, the subgraph that CALL_ONCE runs and tensors that hold state become `Graph.variables`.
/// - Constants that the IR keeps as attributes disappear into their operator.
/// - Each operator's own file judges its options, operands and shapes.
/// - Tensors that no operator touches are left out.
/// - Values without a name, or with one that is taken, get one.
public enum GraphDecoding {
  public static func graph(from file: TFLiteModel) throws(FormatError) -> Graph {
    try decoded(file).graph
  }

  public static func decoded(_ file: TFLiteModel) throws(FormatError) -> DecodedGraph {
    let unfolded = try UnfoldedState(file)
    let model = unfolded.model
    guard let main = model.subgraphs.first else {
      throw .modelRule(.tflite, what: "subgraphs", rule: "at least one", found: "none")
    }
    var tensors = DecodedTensors(main.tensors, buffers: model.buffers)
    let variables = try DecodedVariables(model, main: main, tensors: &tensors)
    var decoder = GraphDecoder(
      model, main: main, tensors: tensors, variables: variables, indices: unfolded.fileIndices)
    let graph = try decoder.graph()
    return DecodedGraph(
      graph: graph, tensors: decoder.kept.map { unfolded.states[$0] ?? $0 })
  }
}

/// A graph and where its values are in the file.
public struct DecodedGraph: Sendable {
  public var graph: Graph
  /// For each value the tensor of the main subgraph that holds it. A tensor that lives from one invocation to the next
  /// holds two: the state before and the state after it is written.
  public var tensors: [Int]
}

/// The operators of the main subgraph, one after the other. A `ValueID` is a tensor index until `finished`.
private struct GraphDecoder {
  private let main: TFLiteModel.Subgraph
  private let codes: [TFLiteModel.OperatorCode]
  private let variables: DecodedVariables
  /// For each operator, its index in the file.
  private let fileIndices: [Int]
  private var tensors: DecodedTensors
  private var nodes: [Node] = []
  /// For each value of the finished graph, its tensor.
  private(set) var kept: [Int] = []
  /// Graph inputs and results so far.
  private var defined: Set<Int> = []
  /// Tensors that nodes take as inputs.
  private var inputs: Set<Int> = []

  init(
    _ model: TFLiteModel, main: TFLiteModel.Subgraph, tensors: DecodedTensors,
    variables: DecodedVariables, indices: [Int]
  ) {
    self.main = main
    fileIndices = indices
    self.tensors = tensors
    self.variables = variables
    codes = model.operatorCodes
  }

  mutating func graph() throws(FormatError) -> Graph {
    for input in main.inputs.map(Int.init) {
      let at = OperatorPlace(op: "", tensor: tensors.name(input))
      try define(input, at)
    }
    for (index, operation) in zip(fileIndices, main.operators) {
      let code = codes[operation.opcode]
      if code.builtin == .callOnce || code.builtin == .varHandle { continue }
      let result = operation.outputs.first.map { tensors.name(Int($0)) } ?? ""
      let at = OperatorPlace(op: code.name, tensor: result)
      try append(operation, code, index: index, at)
    }
    return try finished()
  }

  // MARK: - Operators

  private mutating func append(
    _ operation: TFLiteModel.Operator, _ code: TFLiteModel.OperatorCode, index: Int,
    _ at: OperatorPlace
  ) throws(FormatError) {
    var operands = operation.inputs.map(Int.init)
    while operands.last == -1 { operands.removeLast() }
    guard !operands.contains(-1) else {
      throw at.rule("no operand left out before another", "\(operation.inputs)")
    }
    if code.builtin == .depthwiseConv2D, operands.count < operation.inputs.count {
      // `depthwise_conv.cc` reads the third of three operands without asking whether it is there.
      throw at.rule("a bias, or two operands", "a bias that is left out")
    }
    let results = operation.outputs.map(Int.init)
    let source = try self.source(operation.options, operands, results, at)
    guard let builtin = code.builtin,
      let op = try at.check({ () throws(GraphError) in try Op(builtin, source) })
    else { throw .unknownOperator(.tflite, index: index, name: code.name) }

    let taken = try inputs(
      of: op, from: operands.filter { variables.handles[$0] == nil }, results, at)
    try checkVariable(of: op, taken, results, at)
    try checkOperands(of: op, operands, taken, results, at)
    for result in results { try define(result, at) }
    inputs.formUnion(taken)
    nodes.append(Node(op, inputs: taken.map(ValueID.init), outputs: results.map(ValueID.init)))
  }

  /// What the operator's own file is told.
  private mutating func source(
    _ options: TFLiteOptions, _ operands: [Int], _ results: [Int], _ at: OperatorPlace
  ) throws(FormatError) -> TFLiteSource {
    var source = TFLiteSource(
      options: options, operandTypes: [], operandConstants: [], variable: nil, resultTypes: [])
    for operand in operands {
      if let variable = variables.handles[operand] {
        guard source.variable == nil else { throw at.rule("one variable", "two") }
        source.variable = variable
        source.operandTypes.append(TensorType([], .int32))
        source.operandConstants.append(nil)
      } else if tensors.isEmptyList(operand) {
        source.operandTypes.append(TensorType([0], .int32))
        source.operandConstants.append(.int32([]))
      } else {
        guard defined.contains(operand) || tensors.isConstant(operand) else {
          throw at.error(.useBeforeDefinition(value: tensors.name(operand), node: at.tensor))
        }
        source.operandTypes.append(try tensors.type(operand))
        source.operandConstants.append(try tensors.constant(operand))
      }
    }
    for result in results { source.resultTypes.append(try tensors.type(result)) }
    return source
  }

  /// As many of the operands as the operator takes; the others are its attributes.
  private mutating func inputs(
    of op: Op, from operands: [Int], _ results: [Int], _ at: OperatorPlace
  ) throws(FormatError) -> [Int] {
    var taken = operands
    var shapes: [Shape]
    do {
      shapes = try inferred(op, taken)
    } catch .wrongInputCount(_, let expected, let found) where expected < found {
      taken = Array(operands.prefix(expected))
      let fewer = taken
      shapes = try at.check { () throws(GraphError) in try inferred(op, fewer) }
    } catch {
      throw at.error(error)
    }
    guard shapes.count == results.count else {
      throw at.rule("\(shapes.count) results", "\(results.count)")
    }
    for (shape, result) in zip(shapes, results) {
      let found = try tensors.type(result).shape
      guard found == shape else {
        throw at.error(
          .inferredShapeDiffers(value: tensors.name(result), expected: shape, found: found))
      }
    }
    try tensors.restoreChannels(of: op, taken)
    return taken
  }

  private func inferred(_ op: Op, _ operands: [Int]) throws(GraphError) -> [Shape] {
    try op.definition.outputShapes(operands.map(tensors.shape), variables.variables)
  }

  /// A variable is read and assigned as the bytes it holds: TFLite Micro copies them whatever their quantization.
  private mutating func checkVariable(
    of op: Op, _ taken: [Int], _ results: [Int], _ at: OperatorPlace
  ) throws(FormatError) {
    let id: VariableID
    let tensor: Int
    switch op {
    case .readVariable(let read): (id, tensor) = (read.variable, results[0])
    case .assignVariable(let assign): (id, tensor) = (assign.variable, taken[0])
    default: return
    }
    let variable = variables.variables[id.index]
    let found = try tensors.type(tensor)
    guard found.element == variable.type.element, found.shape == variable.type.shape else {
      throw at.rule("the type of `\(variable.name)`, \(variable.type.summary)", found.summary)
    }
  }

  /// The operator, written again, has its inputs where the file has them, and every operand of the file.
  private mutating func checkOperands(
    of op: Op, _ operands: [Int], _ taken: [Int], _ results: [Int], _ at: OperatorPlace
  ) throws(FormatError) {
    guard let deployable = op.deployable else { return }
    var inputTypes: [TensorType] = []
    for index in taken { inputTypes.append(try tensors.type(index)) }
    var resultTypes: [TensorType] = []
    for index in results { resultTypes.append(try tensors.type(index)) }
    let expected = deployable.tflite(inputTypes, resultTypes).operands
    guard operands.count <= expected.count else {
      throw at.rule("\(expected.count) operands", "\(operands.count)")
    }
    for (position, pair) in zip(expected, operands).enumerated() {
      guard case (.input(let index), let operand) = pair else { continue }
      guard taken[index] == operand else {
        throw at.rule("input \(index) as operand \(position)", tensors.name(operand))
      }
    }
  }

  private mutating func define(_ tensor: Int, _ at: OperatorPlace) throws(FormatError) {
    guard variables.handles[tensor] == nil, !tensors.isConstant(tensor),
      defined.insert(tensor).inserted
    else { throw at.error(.definedTwice(value: tensors.name(tensor))) }
  }

  // MARK: - Result

  /// The graph of what is left when handles and attributes are gone, under indices without gaps.
  private mutating func finished() throws(FormatError) -> Graph {
    guard !main.outputs.isEmpty else {
      throw .modelRule(
        .tflite, what: "outputs of \(main.name)", rule: "at least one", found: "none")
    }
    for output in main.outputs.map(Int.init) where !defined.contains(output) {
      throw .tensorRule(
        .tflite, tensor: tensors.name(output), rule: "an output that an operator makes",
        found: "a tensor that none makes")
    }
    var graph = Graph(name: main.name, variables: variables.variables)
    var ids: [Int: ValueID] = [:]
    var names = UniqueNames()
    for tensor in 0..<tensors.count {
      guard defined.contains(tensor) || inputs.contains(tensor) else { continue }
      ids[tensor] = ValueID(graph.values.count)
      kept.append(tensor)
      graph.values.append(
        Value(
          name: names.unique(tensors.name(tensor)), type: try tensors.type(tensor),
          constant: try tensors.constant(tensor)))
    }
    func renumbered(_ list: [ValueID]) -> [ValueID] { list.compactMap { ids[$0.index] } }
    graph.nodes = nodes.map {
      Node($0.op, inputs: renumbered($0.inputs), outputs: renumbered($0.outputs))
    }
    graph.inputs = main.inputs.compactMap { ids[Int($0)] }
    graph.outputs = main.outputs.compactMap { ids[Int($0)] }
    return graph
  }
}

/// Where in a model an error is: the operator and its first result.
struct OperatorPlace {
  var op: String
  var tensor: String

  func rule(_ rule: String, _ found: String) -> FormatError {
    .operatorRule(.tflite, op: op, tensor: tensor, rule: rule, found: found)
  }

  func error(_ error: GraphError) -> FormatError {
    .graph(.tflite, op: op, tensor: tensor, error)
  }

  func check<Result>(
    _ body: () throws(GraphError) -> Result
  ) throws(FormatError) -> Result {
    do { return try body() } catch { throw self.error(error) }
  }
}

extension TensorType {
  /// `int8 [1, 2, 1, 40] scale 0.1 zero point -128`
  var summary: String {
    var text = "\(element.rawValue) \(shape)"
    if let quantization {
      text += " scale \(quantization.scales.map { "\($0)" }.joined(separator: " "))"
      text += " zero point \(quantization.zeroPoint)"
    }
    return text
  }
}
