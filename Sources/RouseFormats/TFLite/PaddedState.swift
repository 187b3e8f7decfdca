import RouseIR
import RouseNumerics

/// Initial values that a PAD makes of one element: it pads 8-bit tensors with their zero point, in TFLite Micro and in
/// TensorFlow Lite alike, so the bytes need not stand in the file.
///
/// - Source: tensorflow/tflite-micro `pad_common.cc`; TensorFlow Lite `kernels/pad.cc`.
struct PaddedState {
  /// Of the operator: the first that takes int8.
  static let version: Int32 = 2
  /// Both runtimes pad up to four axes in every release.
  static let ranks = 1...4

  /// The tensors made so far: one element by its type, padded ones by theirs.
  var seeds: [TensorType: Int32] = [:]
  var results: [TensorType: Int32] = [:]

  static func canMake(_ variable: Variable) -> Bool {
    let type = variable.type
    return variable.initial == nil && (type.element == .int8 || type.element == .uint8)
      && type.quantization?.axis == nil && type.quantization != nil
      && ranks.contains(type.shape.rank) && type.shape.count > 1
  }

  static func seed(of type: TensorType) -> TensorType {
    TensorType(
      Shape([Int](repeating: 1, count: type.shape.rank)), type.element, type.quantization)
  }

  /// Before and after each axis.
  static func paddings(of type: TensorType) -> [Int32] {
    type.shape.dimensions.flatMap { [0, Int32($0 - 1)] }
  }
}
