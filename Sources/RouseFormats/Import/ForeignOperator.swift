import RouseIR

/// The operators that ONNX and TFLite have in common, with axes as the file has them.
///
/// Weights are constants, axes count from 0, sizes are resolved; where the channels are is stated, not assumed.
enum ForeignOperator: Sendable {
  case convolution(ForeignConvolution)
  case pool(ForeignPool)
  case dense(ForeignDense)
  /// `y = x · scale + shift`, both repeated as in numpy; nil for 1 and 0.
  case affine(scale: ForeignTensor?, shift: ForeignTensor?)
  /// Two operands.
  case add, subtract, multiply
  case activation(Activation)
  case logistic
  case softmax(axis: Int)
  case reduce(Reduction, axes: [Int], keepDimensions: Bool)
  case concatenate(axis: Int)
  case split(axis: Int, sizes: [Int])
  case slice([AxisSlice])
  /// Zeros before and after each axis.
  case pad(before: [Int], after: [Int])
  case reshape([Int])
  case transpose([Int])
  case identity

  enum Reduction: Sendable { case mean, maximum }
}

/// `x[begin], x[begin + step], …` along one axis, `count` of them; `drops` removes the axis.
struct AxisSlice: Hashable, Sendable {
  var axis: Int
  var begin: Int
  var step: Int
  var count: Int
  var drops = false
}

/// A convolution over any number of axes.
struct ForeignConvolution: Sendable {
  /// `[out, in / groups, kernel…]`, kernel extents in the order of `spatialAxes`.
  var weights: ForeignTensor
  var bias: [Float]?
  var channelAxis: Int
  var spatialAxes: [Int]
  var strides: [Int]
  var dilations: [Int]
  var before: [Int]
  var after: [Int]
  var groups: Int

  var outputs: Int { weights.shape[0] }
  func kernel(_ position: Int) -> Int { weights.shape[2 + position] }
  func span(_ position: Int) -> Int { (kernel(position) - 1) * dilations[position] + 1 }
}

/// A pool over windows that lie wholly inside.
struct ForeignPool: Sendable {
  var reduction: ForeignOperator.Reduction
  var spatialAxes: [Int]
  var kernel: [Int]
  var strides: [Int]
}

/// `y[…, o, …] = Σ_i x[…, i, …] · weights[o, i] + bias[o]` along `axis`.
struct ForeignDense: Sendable {
  /// `[out, in]`
  var weights: ForeignTensor
  var bias: [Float]?
  var axis: Int
}
