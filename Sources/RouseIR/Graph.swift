import RouseNumerics

/// Index of a value in `Graph.values`.
public struct ValueID: Hashable, Sendable, Comparable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// Index of a variable in `Graph.variables`.
public struct VariableID: Hashable, Sendable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
}

/// One tensor of a graph: an input, a constant, or the result of exactly one node.
public struct Value: Hashable, Sendable {
  /// Unique in the graph; the name in text, errors and emitted files.
  public var name: String
  public var type: TensorType
  /// The elements, when they are known at compile time.
  public var constant: TensorData?
  /// True for constants that training changes.
  public var isParameter: Bool

  public init(
    name: String, type: TensorType, constant: TensorData? = nil, isParameter: Bool = false
  ) {
    self.name = name
    self.type = type
    self.constant = constant
    self.isParameter = isParameter
  }
}

/// State that a streaming graph carries from one invocation to the next: a ring buffer.
///
/// It starts at the real value 0 (float 0, or the zero point of a quantized type) unless `initial` says otherwise.
public struct Variable: Hashable, Sendable {
  public var name: String
  public var type: TensorType
  /// What the variable holds before the first invocation; nil for the real value 0 in every element.
  public var initial: TensorData?

  /// - Parameter initial: may be 0 in every element; the variable is then the same as one without.
  public init(name: String, type: TensorType, initial: TensorData? = nil) {
    self.name = name
    self.type = type
    guard let initial, initial.count == type.shape.checkedCount(),
      initial.bytes == type.zeroBytes
    else {
      self.initial = initial
      return
    }
    self.initial = nil
  }

  /// The bytes before the first invocation.
  public var initialBytes: [Int8] { initial?.bytes ?? type.zeroBytes }
}

/// One application of an operator.
public struct Node: Hashable, Sendable {
  public var op: Op
  public var inputs: [ValueID]
  public var outputs: [ValueID]

  public init(_ op: Op, inputs: [ValueID], outputs: [ValueID]) {
    self.op = op
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// A network: values, variables and nodes in execution order.
///
/// Shapes of our own networks do not include the batch of training: axis 0 is 1 throughout and the trainer supplies the
/// batch. Models that others made use axis 0 as they like (`Op.keepsBatch`).
/// The layout is channel-last, `[1, time, 1, channels]` or `[1, features]`.
public struct Graph: Hashable, Sendable {
  public var name: String
  public var values: [Value]
  public var variables: [Variable]
  public var nodes: [Node]
  public var inputs: [ValueID]
  public var outputs: [ValueID]

  public init(
    name: String, values: [Value] = [], variables: [Variable] = [], nodes: [Node] = [],
    inputs: [ValueID] = [], outputs: [ValueID] = []
  ) {
    self.name = name
    self.values = values
    self.variables = variables
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
  }

  public subscript(id: ValueID) -> Value {
    get { values[id.index] }
    set { values[id.index] = newValue }
  }

  public subscript(id: VariableID) -> Variable {
    get { variables[id.index] }
    set { variables[id.index] = newValue }
  }

  /// The value called `name`.
  public func value(named name: String) -> ValueID? {
    values.firstIndex { $0.name == name }.map(ValueID.init)
  }

  /// The types of a node's inputs, in order.
  public func inputTypes(of node: Node) -> [TensorType] { node.inputs.map { self[$0].type } }
  public func outputTypes(of node: Node) -> [TensorType] { node.outputs.map { self[$0].type } }

  /// Index of the node that makes each value; nil for inputs and constants.
  public var producers: [Int?] {
    var result = [Int?](repeating: nil, count: values.count)
    for (index, node) in nodes.enumerated() { for id in node.outputs { result[id.index] = index } }
    return result
  }

  /// Indices of the nodes that read each value, in execution order.
  public var consumers: [[Int]] {
    var result = [[Int]](repeating: [], count: values.count)
    for (index, node) in nodes.enumerated() {
      for id in Set(node.inputs) { result[id.index].append(index) }
    }
    return result
  }
}
