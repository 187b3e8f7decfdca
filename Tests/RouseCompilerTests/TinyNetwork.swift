import RouseIR
import RouseNumerics

/// A mixed depthwise network small enough for a debug build: every construction that the presets use, once.
///
/// Input `[1, 23, 4]` -> convolution 3x1 stride 2 (11 rows) -> mixed depthwise 3 and 5 (7 rows) -> pointwise, batch
/// normalization -> flatten -> dense -> logistic.
enum TinyNetwork {
  static let rows = 23
  static let channels = 4
  static let filters = 4

  static func training(seed: UInt64 = 7) throws -> Graph {
    var generator = SeededGenerator(seed: seed)
    var builder = GraphBuilder(name: "tiny")

    func parameter(_ name: String, _ shape: Shape, _ low: Float = -0.6, _ high: Float = 0.6)
      -> ValueID
    {
      let values = (0..<shape.count).map { _ in generator.uniform(low, high) }
      return builder.constant(name, .float32(values), shape: shape, isParameter: true)
    }

    let x = builder.input("features", TensorType([1, rows, channels]))
    let wide = try builder.node("expand", .reshape(Reshape(shape: [1, rows, 1, channels])), [x])[0]
    let stem = try builder.node(
      "stem", .conv2D(Conv2D(strideH: 2, activation: .relu)),
      [wide, parameter("stem/weights", [filters, 3, 1, channels])])[0]
    let pieces = try builder.node("split", .splitV(SplitV(sizes: [2, 2], axis: 3)), [stem])
    let cut = try builder.node(
      "align",
      .stridedSlice(
        StridedSlice(
          begin: [0, 2, 0, 0], end: [0, 0, 0, 0], strides: [1, 1, 1, 1], beginMask: 0b1101,
          endMask: 0b1111)), [pieces[0]])[0]
    let short = try builder.node(
      "depthwise0", .depthwiseConv2D(DepthwiseConv2D()),
      [cut, parameter("depthwise0/weights", [1, 3, 1, 2]), parameter("depthwise0/bias", [2])])[0]
    let long = try builder.node(
      "depthwise1", .depthwiseConv2D(DepthwiseConv2D()),
      [
        pieces[1], parameter("depthwise1/weights", [1, 5, 1, 2]), parameter("depthwise1/bias", [2]),
      ])[0]
    let joined = try builder.node("mixed", .concatenation(Concatenation(axis: 3)), [short, long])[0]
    let point = try builder.node(
      "pointwise", .conv2D(Conv2D()),
      [joined, parameter("pointwise/weights", [filters, 1, 1, filters])])[0]
    let norm = try builder.node(
      "norm", .batchNorm(BatchNorm(activation: .relu)),
      [
        point, parameter("gamma", [filters], 0.5, 1.5), parameter("beta", [filters]),
        parameter("mean", [filters]), parameter("variance", [filters], 0.5, 2),
      ])[0]
    let flat = try builder.node("flatten", .reshape(Reshape(shape: [1, 7 * filters])), [norm])[0]
    let logit = try builder.node(
      "logit", .fullyConnected(FullyConnected()),
      [flat, parameter("dense/weights", [1, 7 * filters]), parameter("dense/bias", [1])])[0]
    builder.output(try builder.node("probability", .logistic(Logistic()), [logit])[0])
    return builder.graph
  }

  /// `count` rows of features on the device's int8 grid.
  static func rows(_ count: Int, seed: UInt64) -> [Int8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count * channels).map { _ in Int8(generator.below(256) - 128) }
  }
}
