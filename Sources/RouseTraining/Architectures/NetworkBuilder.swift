import RouseIR
import RouseNumerics

/// Appends the stages of a network to a training graph, drawing new weights in the order of the stages.
struct NetworkBuilder {
  var builder: GraphBuilder
  var generator: SeededGenerator
  /// Result of the stages so far, `[1, rows, 1, channels]`.
  var x = ValueID(0)

  init(name: String, generator: SeededGenerator) {
    self.generator = generator
    builder = GraphBuilder(name: name)
  }

  func shape(_ id: ValueID) -> Shape { builder.graph[id].type.shape }

  /// `[1, rows, 40]` features as `[1, rows, 1, 40]`.
  mutating func addFeatures(rows: Int) throws(GraphError) {
    let channels = Architecture.channels
    let input = builder.input("features", TensorType([1, rows, channels]))
    x = try one("expand", .reshape(Reshape(shape: [1, rows, 1, channels])), [input])
  }

  // MARK: - Stages

  /// A convolution along time without a bias; its weights are called `name/weights`.
  mutating func convolution(
    _ name: String, _ x: ValueID, filters: Int, kernel: Int, stride: Int = 1,
    activation: Activation = .none
  ) throws(GraphError) -> ValueID {
    let channels = shape(x)[3]
    let weights = weights(
      name, [filters, kernel, 1, channels], fanIn: kernel * channels, gain: 2)
    return try one(name, .conv2D(Conv2D(strideH: stride, activation: activation)), [x, weights])
  }

  /// A depthwise convolution along time with a bias.
  mutating func depthwise(_ name: String, _ x: ValueID, kernel: Int) throws(GraphError) -> ValueID {
    let channels = shape(x)[3]
    let weights = weights(name, [1, kernel, 1, channels], fanIn: kernel, gain: 1)
    let bias = builder.constant(
      "\(name)/bias", .float32([Float](repeating: 0, count: channels)), shape: [channels],
      isParameter: true)
    return try one(name, .depthwiseConv2D(DepthwiseConv2D()), [x, weights, bias])
  }

  /// Batch normalization of each channel, or of `groups` groups of channels: channel `c` then belongs to group
  /// `c mod groups`, and a group has one mean, variance, gamma and beta.
  ///
  /// - Source: Chang et al., "SubSpectral Normalization for Neural Audio Data Processing", ICASSP 2021, which groups
  ///   frequencies; microWakeWord's layer has a single frequency and therefore groups channels.
  mutating func normalized(
    _ name: String, _ x: ValueID, activation: Activation, groups: Int = 1
  ) throws(GraphError) -> ValueID {
    let op = Op.batchNorm(BatchNorm(activation: activation))
    let whole = shape(x)
    guard groups > 1 else {
      return try one(name, op, [x] + batchNormConstants(name, whole[3]))
    }
    let split = Reshape(shape: [1, whole[1], whole[3] / groups, groups])
    let parts = try one("\(name)/groups", .reshape(split), [x])
    let normalized = try one("\(name)/grouped", op, [parts] + batchNormConstants(name, groups))
    return try one(name, .reshape(Reshape(shape: whole.dimensions)), [normalized])
  }

  /// The value without its first `rows` rows; the value itself when there is nothing to drop.
  mutating func dropping(_ rows: Int, of x: ValueID, as name: String) throws(GraphError) -> ValueID
  {
    guard rows > 0 else { return x }
    let drop = StridedSlice(
      begin: [0, rows, 0, 0], end: shape(x).dimensions, strides: [1, 1, 1, 1], beginMask: 0b1101,
      endMask: 0b1111)
    return try one(name, .stridedSlice(drop), [x])
  }

  mutating func one(_ name: String, _ op: Op, _ inputs: [ValueID]) throws(GraphError) -> ValueID {
    let results = try builder.node(name, op, inputs)
    precondition(results.count == 1)
    return results[0]
  }

  // MARK: - Constants

  /// Uniform in `±√(3·gain/fanIn)`: variance `gain/fanIn`.
  mutating func weights(_ stage: String, _ shape: Shape, fanIn: Int, gain: Float) -> ValueID {
    let limit = (3 * gain / Float(fanIn)).squareRoot()
    let values = (0..<shape.count).map { _ in generator.uniform(-limit, limit) }
    return builder.constant("\(stage)/weights", .float32(values), shape: shape, isParameter: true)
  }

  private mutating func batchNormConstants(_ stage: String, _ channels: Int) -> [ValueID] {
    let zeros = TensorData.float32([Float](repeating: 0, count: channels))
    let ones = TensorData.float32([Float](repeating: 1, count: channels))
    return [
      builder.constant("\(stage)/gamma", ones, shape: [channels], isParameter: true),
      builder.constant("\(stage)/beta", zeros, shape: [channels], isParameter: true),
      builder.constant("\(stage)/mean", zeros, shape: [channels]),
      builder.constant("\(stage)/variance", ones, shape: [channels]),
    ]
  }
}
