/// A network as another program's file states it, before Rouse has understood any of it.
struct ForeignNetwork: Sendable {
  struct Port: Hashable, Sendable {
    var name: String
    /// nil for an extent that the file leaves open.
    var shape: [Int?]
  }

  var kind: FileKind
  /// `pytorch 2.15.0`
  var producer: String
  var name: String
  /// Inputs that are not constants.
  var inputs: [Port]
  var outputs: [String]
  var constants: [String: ForeignTensor]
  /// In execution order.
  var nodes: [any ForeignNode]
}

/// One operator of a foreign network; each format has its own.
protocol ForeignNode: Sendable {
  /// The operator as the format calls it: `Conv`, `CONV_2D`.
  var operation: String { get }
  /// What the file calls this node, or its first result when it has no name.
  var name: String { get }
  /// Names of values; empty for an operand that is left out.
  var inputs: [String] { get }
  var outputs: [String] { get }

  /// The result when it does not depend on features: constants, and shapes; nil when it does.
  func folded(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignTensor?

  /// What the node computes. Called for nodes that cannot be folded.
  func meaning(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignMeaning

  /// The reason why this kind of operator is refused whatever its operands; nil when some form of it is supported.
  var refusal: ImportReason? { get }
}

/// What an operand is when its node is read.
enum ForeignOperand: Hashable, Sendable {
  case constant(ForeignTensor)
  /// Computed from the features; only the shape is known.
  case activation(shape: [Int])
  /// The result of a node that could not be read.
  case unknown

  var shape: [Int] {
    switch self {
    case .constant(let tensor): tensor.shape
    case .activation(let shape): shape
    case .unknown: []
    }
  }

  var isConstant: Bool { if case .constant = self { true } else { false } }
}

/// What a node computes: the first operator from the operands, each further one from the result before it.
struct ForeignMeaning: Sendable {
  /// Which operands the first operator takes.
  var operands: [Int]
  var operators: [ForeignOperator]

  init(_ operators: ForeignOperator..., operands: [Int] = [0]) {
    self.operators = operators
    self.operands = operands
  }
}
