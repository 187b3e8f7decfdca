/// What the compiler minimizes when the same arithmetic can be written as different operators.
public enum Objective: String, CaseIterable, Sendable {
  case arena, flash, time
  /// The product of all three, each relative to the network as it was trained.
  case balanced
}

/// A pass that improves the result and that can be left out, or asked for, by its name.
public enum OptionalPass: String, CaseIterable, Sendable {
  /// Scales channels so that one weight scale serves a whole layer, where that costs no accuracy.
  case equalize
  /// Chooses the range of every activation by measured error instead of its extremes.
  case searchRanges = "search-ranges"
  /// Moves biases by the mean error that rounded weights make.
  case correctBias = "correct-bias"
  /// Shifts and clips the logit so that probabilities near the operating point have fine codes.
  case shapeLogit = "shape-logit"
  /// Writes layers as the operators that the target runs cheapest.
  case lower
  /// Orders operators so that fewer bytes are alive at once.
  case schedule
  /// Leaves names and unread numbers out of the `.tflite` file.
  case lean
  /// Keeps ring buffers in tensors that operators read and write in place, instead of in resources.
  case tensorState = "tensor-state"
  /// Makes the initial ring buffers by operators instead of storing their bytes.
  case computeInitial = "compute-initial"
  /// Places tensors better than TFLite Micro would, by a plan in the file; only when that saves memory.
  case offlinePlan = "offline-plan"
  /// Stores no initial ring buffers at all: TFLite Micro fills them by itself, LiteRT does not load such a file.
  case dropInitial = "drop-initial"
  /// Stores one zero point for all channels: TFLite Micro reads no more, LiteRT does not load such a file.
  case singleZeroPoint = "single-zero-point"

  /// False for what LiteRT would not load.
  public var isDefault: Bool { self != .dropInitial && self != .singleZeroPoint }

  public static let defaults = Set(allCases.filter(\.isDefault))
}
