import RouseIR
import RouseNumerics

/// Runs a float graph, whole window or streaming, one example at a time.
///
/// Memory for every value is bound once; each value keeps what the last run left there, so calibration and comparison
/// read any of them afterwards. Batch normalization uses the running statistics.
public final class FloatInterpreter {
  public let graph: Graph
  private let views: [FloatView]
  private let variables: [FloatView]
  private let initialState: [[Float]?]
  private let steps: [(op: any Operator, step: ForwardStep)]

  /// The most floats of all values and variables together, 256 MB: a file of a few bytes can state any shape.
  public static let elementLimit = 1 << 26

  /// - Throws: what `GraphVerifier` finds in the graph's structure; `unsupportedType` for a value that is not float32;
  ///   `mismatch` for more elements than `elementLimit`.
  public init(_ graph: Graph) throws(GraphError) {
    try GraphVerifier.verifyStructure(graph)
    for (kind, name, type) in graph.values.map({ ("value", $0.name, $0.type) })
      + graph.variables.map({ ("variable", $0.name, $0.type) })
    where type.element != .float32 {
      throw .unsupportedType(
        op: kind, input: name, expected: "float32", found: type.element.rawValue)
    }
    let elements =
      graph.values.reduce(0) { $0 + $1.type.shape.count }
      + graph.variables.reduce(0) { $0 + $1.type.shape.count }
    guard elements <= Self.elementLimit else {
      throw .mismatch(
        op: "interpreter", what: "elements of all values", expected: "at most \(Self.elementLimit)",
        found: "\(elements)")
    }
    let views = graph.values.map { value in
      value.constant == nil
        ? FloatView(zeros: value.type.shape) : FloatView(value.floats, shape: value.type.shape)
    }
    let variables = graph.variables.map { FloatView(zeros: $0.type.shape) }
    let shards = Shards(batch: 1, threads: 1)
    steps = graph.nodes.map { node in
      let inputs = graph.inputTypes(of: node).map(\.shape)
      let outputs = graph.outputTypes(of: node).map(\.shape)
      let scratch = node.op.trainable?.scratchCount(batch: 1, inputs, outputs) ?? 0
      let step = ForwardStep(
        inputs: node.inputs.map { views[$0.index] }, outputs: node.outputs.map { views[$0.index] },
        variables: variables, scratch: FloatView(zeros: [scratch]), shards: shards,
        isTraining: false)
      return (node.op.definition, step)
    }
    self.graph = graph
    self.views = views
    self.variables = variables
    initialState = graph.variables.map { variable in
      guard case .float32(let values)? = variable.initial else { return nil }
      return values
    }
    reset()
  }

  /// Sets every variable to its initial value, as after a start of the device.
  public func reset() {
    for (variable, initial) in zip(variables, initialState) {
      if let initial { variable.copy(from: initial) } else { variable.fill(0) }
    }
  }

  /// Runs the graph once on its only input.
  ///
  /// - Returns: the first output.
  /// - Precondition: `input` fills the input's shape.
  @discardableResult
  public func run(_ input: [Float]) -> [Float] {
    precondition(graph.inputs.count == 1, "the graph has \(graph.inputs.count) inputs")
    views[graph.inputs[0].index].copy(from: input)
    run()
    return values(of: graph.outputs[0])
  }

  /// Runs the graph once on what `view(of:)` of the inputs holds, without allocating.
  package func run() {
    for (op, step) in steps { op.forward(step) }
  }

  /// The elements of a value after the last run.
  public func values(of id: ValueID) -> [Float] { views[id.index].values }

  /// The same, by name; nil when the graph has no such value.
  public func values(named name: String) -> [Float]? {
    graph.value(named: name).map(values(of:))
  }

  /// The smallest and largest element of a value after the last run.
  public func range(of id: ValueID) -> ValueRange {
    let extrema = views[id.index].extrema
    return ValueRange(low: extrema.low, high: extrema.high)
  }

  /// The memory of a value, for callers that read or write it in place.
  package func view(of id: ValueID) -> FloatView { views[id.index] }
}
