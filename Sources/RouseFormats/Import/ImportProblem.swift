import RouseIR

/// One operator of a model that Rouse cannot turn into a streaming network.
public struct ImportProblem: Hashable, Sendable {
  /// Position among the operators of the file, from 0; nil when it is the model as a whole.
  public var position: Int?
  /// The operator as the format calls it.
  public var operation: String
  /// What the file calls the node.
  public var name: String
  public var reason: ImportReason

  public init(position: Int?, operation: String, name: String, reason: ImportReason) {
    self.position = position
    self.operation = operation
    self.name = name
    self.reason = reason
  }
}

/// Why an operator cannot be imported. The wording, and what to do, lives in the command line's diagnostic printer.
public enum ImportReason: Error, Hashable, Sendable {
  // MARK: Operators

  /// Rouse has no counterpart.
  case unknownOperator
  /// An operator of another operator set than ONNX's own.
  case foreignDomain(String)
  /// It carries a state of its own from row to row (LSTM, GRU).
  case recurrent
  /// Every row looks at every other row of the window.
  case attention
  /// It normalizes by statistics of the very input (LayerNormalization).
  case liveStatistics
  /// The model is already quantized.
  case quantized
  /// The model holds ring buffers of its own.
  case alreadyStreaming

  // MARK: Operands

  case attribute(name: String, expected: String, found: String)
  /// An operand that must be known at compile time.
  case notConstant(what: String)
  case missingOperand(what: String)
  /// Shapes or sizes that contradict each other.
  case mismatch(what: String, expected: String, found: String)

  // MARK: Time

  /// Rows are padded at the end of time, or before it by something other than zeros.
  case padsTime(before: Int, after: Int)
  /// Rows at the end of time are left out.
  case dropsNewestRows(Int)
  /// Only every `step`th row is kept.
  case skipsRows(step: Int)
  /// Each row is combined with a statistic of the whole window, or with a window that ends elsewhere.
  case mixesWindowIntoRows
  /// A constant that differs from row to row of the window.
  case dependsOnPosition
  /// The operands advance at different rates or end at different rows.
  case unequalRows(expected: String, found: String)
  /// Along time an operator does what only channels may have done.
  case treatsTimeAs(String)
  /// The streaming pass or an operator's own file says why.
  case refused(GraphError)

  // MARK: Layout

  /// The elements would have to be moved on the device.
  case movesElements(what: String)
  /// The result of the network is not one probability.
  case output(found: String)
}

/// What the importer found out or changed; told to the user, never an error.
public enum ImportNote: Hashable, Sendable {
  /// Which axis of the input `[shape]` is time.
  case timeAxis(Int, shape: [Int])
  /// A missing logistic function was put behind the result.
  case addedLogistic
  /// Two classes became the probability of the second one.
  case foldedTwoClasses
  /// The result has many rows; the newest is taken.
  case tookNewestRow(of: Int)
  /// The oldest `rows` of a window do not count: strides leave them over at its end.
  case unusedRows(Int)
  /// Zeros before the window: a stream equals the window from its start.
  case causalPadding(rows: Int)
}
