/// An attribute value of an ONNX node.
public enum ONNXAttribute: Hashable, Sendable {
  case int(Int64)
  case ints([Int64])
  case float(Float)
  case string(String)
}

/// Where an ONNX operand comes from or goes to.
public enum ONNXOperand: Hashable, Sendable {
  /// The node's input with this index, as an activation.
  case input(Int)
  /// The node's input with this index, a constant, with its axes rearranged: axis `i` of the result is axis
  /// `permutation[i]` of the constant.
  case permutedInput(Int, [Int])
  /// The node's result with this index.
  case output(Int)
  /// A value inside the fragment.
  case local(String)
  case int64s([Int64])
  /// An optional operand that is left out.
  case absent
}

public struct ONNXNode: Hashable, Sendable {
  public var opType: String
  public var inputs: [ONNXOperand]
  public var outputs: [ONNXOperand]
  public var attributes: [String: ONNXAttribute]

  public init(
    _ opType: String, inputs: [ONNXOperand], outputs: [ONNXOperand],
    attributes: [String: ONNXAttribute] = [:]
  ) {
    self.opType = opType
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }
}

/// One IR operator as ONNX nodes (opset 17), as plain values; the writer owns the bytes.
///
/// Every rank-4 activation `[n, h, w, c]` of the IR is `[n, c, h, w]` in ONNX; other ranks are the same. An operator
/// that changes the rank (`Reshape`) carries the transposes.
public struct ONNXFragment: Hashable, Sendable {
  public var nodes: [ONNXNode]
  public init(_ nodes: [ONNXNode]) { self.nodes = nodes }

  /// The ONNX axis of IR axis `axis` for a tensor of this rank.
  public static func axis(_ axis: Int, rank: Int) -> Int { rank == 4 ? [0, 2, 3, 1][axis] : axis }
}
