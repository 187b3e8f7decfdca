import RouseNumerics

/// Where a tensor lies while an int8 graph runs.
public enum Int8Location: Hashable, Sendable {
  /// Byte offset in the activation arena.
  case arena(offset: Int)
  /// A constant: the kernel keeps its own copy.
  case constant(TensorData)

  /// The same place with a uint8 constant as bit patterns.
  var asInt8: Int8Location {
    guard case .constant(let data) = self else { return self }
    return .constant(.int8(data.bytes))
  }
}

/// A node as a kernel is made for it: types, places, constants.
public struct Int8Node: Sendable {
  public var name: String
  public var inputTypes: [TensorType]
  public var inputs: [Int8Location]
  public var outputTypes: [TensorType]
  /// Byte offsets of the results in the arena.
  public var outputs: [Int]
  /// Byte offset and type of each graph variable in the state memory.
  public var variables: [(offset: Int, type: TensorType)]

  public init(
    name: String, inputTypes: [TensorType], inputs: [Int8Location], outputTypes: [TensorType],
    outputs: [Int], variables: [(offset: Int, type: TensorType)]
  ) {
    self.name = name
    self.inputTypes = inputTypes
    self.inputs = inputs
    self.outputTypes = outputTypes
    self.outputs = outputs
    self.variables = variables
  }
}

/// The memory of a running int8 graph. uint8 tensors are stored as bit patterns.
public struct Int8Memory: Sendable {
  /// Activations at planned offsets; tensors whose lifetimes do not overlap share bytes.
  public var arena: [Int8]
  /// The graph's variables, one after the other.
  public var state: [Int8]

  public init(arenaBytes: Int, stateBytes: Int) {
    arena = [Int8](repeating: 0, count: arenaBytes)
    state = [Int8](repeating: 0, count: stateBytes)
  }
}

/// One node's integer arithmetic, ready to run any number of times without allocating.
public protocol Int8Kernel: Sendable {
  func run(_ memory: inout Int8Memory)
}
