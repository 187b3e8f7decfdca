import RouseIR
import RouseNumerics

/// The shape of a MixedNet: a strided convolution over time, then blocks of mixed depthwise convolutions along time,
/// each followed by a 1x1 convolution, then one dense unit over all remaining rows.
///
/// - Source: the network that ESPHome's models use; its stages are described field by field in
///   `Presets/esphome-standard.yaml`. Mixed depthwise kernels: Tan, Le, "MixConv", BMVC 2019.
public struct MixedNetArchitecture: Hashable, Sendable {
  /// How much sound the last stage sees, before the rows that valid padding costs are added.
  public var clipMilliseconds: Int
  public var firstConvFilters: Int
  public var firstConvKernel: Int
  /// Rows between two results of the first convolution: the rows that one streaming step consumes.
  public var stride: Int
  /// Channels after each block.
  public var pointwiseFilters: [Int]
  /// Kernels of each block's depthwise stage; the channels are divided among them in order.
  public var mixconvKernels: [[Int]]

  public init(
    clipMilliseconds: Int = 1500, firstConvFilters: Int = 32, firstConvKernel: Int = 5,
    stride: Int = 3, pointwiseFilters: [Int] = [64, 64, 64, 64],
    mixconvKernels: [[Int]] = [[5], [7, 11], [9, 15], [23]]
  ) {
    self.clipMilliseconds = clipMilliseconds
    self.firstConvFilters = firstConvFilters
    self.firstConvKernel = firstConvKernel
    self.stride = stride
    self.pointwiseFilters = pointwiseFilters
    self.mixconvKernels = mixconvKernels
  }

  /// Width of a feature row.
  static let channels = 40
  /// Samples of one feature window, 30 ms at 16 kHz: the front end's fixed length.
  static let windowSamples = 480
  static let samplesPerMillisecond = 16

  /// Rows that the dense unit sees when every stage before it kept all of its rows.
  func finalRows(stepMilliseconds: Int) -> Int {
    let samples = Self.samplesPerMillisecond * clipMilliseconds - Self.windowSamples
    return 1 + max(0, samples) / (stride * Self.samplesPerMillisecond * stepMilliseconds)
  }

  /// Feature rows of one training window: the final rows plus what valid padding takes away on the way.
  ///
  /// The first convolution looks back `kernel − 1` rows at the front end's rate, every block `max(kernels) − 1` rows
  /// at a rate that is `stride` times slower. 204 for `esphome-standard`.
  public func windowRows(stepMilliseconds: Int) -> Int {
    finalRows(stepMilliseconds: stepMilliseconds) + firstConvKernel - 1
      + stride * mixconvKernels.reduce(0) { $0 + ($1.max() ?? 1) - 1 }
  }

  /// Rows that the dense unit sees of a window of `rows`, 0 or less when the window is too short.
  func denseRows(windowRows rows: Int) -> Int {
    (rows - firstConvKernel) / stride + 1 - mixconvKernels.reduce(0) { $0 + ($1.max() ?? 1) - 1 }
  }

  /// Stream rows at which a training window may begin, modulo `stride`.
  ///
  /// The streaming model consumes rows `[s·k, s·k + s)` and its first convolution then sees the `kernel` rows that end
  /// there, so the window's first row is `s·k + s − kernel` for some `k`.
  public var windowPhase: Int { ((-firstConvKernel % stride) + stride) % stride }
}

/// Builds the graph of a MixedNet.
public enum MixedNet {
  /// The training graph over one window of `architecture.windowRows` rows, with new weights.
  ///
  /// Parameters are called `first_conv/weights`, `block1/depthwise0/weights`, `block1/pointwise/weights`,
  /// `block1/batch_norm/gamma`, `dense/weights` and so on. The moving statistics of batch normalization are constants
  /// that are not parameters: training changes them, but not along a gradient.
  ///
  /// Weights begin uniform with the variance that keeps the size of activations: `2/fan_in` before a relu, `1/fan_in`
  /// elsewhere.
  ///
  /// - Source: He et al., "Delving Deep into Rectifiers", ICCV 2015, equation 10.
  public static func graph(
    _ architecture: MixedNetArchitecture, stepMilliseconds: Int, name: String = "mixednet",
    generator: inout SeededGenerator
  ) throws(TrainingError) -> Graph {
    let rows = architecture.windowRows(stepMilliseconds: stepMilliseconds)
    var builder = MixedNetBuilder(architecture, name: name, generator: generator)
    do {
      try builder.addFeatures(rows: rows)
      try builder.addBlocks()
      try builder.addDense()
    } catch {
      throw .graph(error)
    }
    generator = builder.generator
    return builder.builder.graph
  }

  /// The same network over a longer stretch of features, giving one logit for each streaming step: the dense unit
  /// becomes a convolution along time with the same weights.
  ///
  /// Reading a stream this way costs the work of a streaming model, a fortieth of running every window by itself.
  /// The result is `[1, steps, 1, 1]`: logits, before the logistic function. Parameters have the names and the
  /// element order of `graph`; their contents are zero.
  package static func scanGraph(
    _ architecture: MixedNetArchitecture, stepMilliseconds: Int, steps: Int
  ) throws(TrainingError) -> Graph {
    let rows =
      architecture.windowRows(stepMilliseconds: stepMilliseconds)
      + (steps - 1) * architecture.stride
    var builder = MixedNetBuilder(architecture, name: "scan", generator: SeededGenerator(seed: 0))
    do {
      try builder.addFeatures(rows: rows)
      try builder.addBlocks()
      try builder.addScan(
        rows: architecture.denseRows(
          windowRows: architecture.windowRows(stepMilliseconds: stepMilliseconds)))
    } catch {
      throw .graph(error)
    }
    return builder.builder.graph
  }
}

/// Appends a MixedNet's stages to a graph.
private struct MixedNetBuilder {
  let architecture: MixedNetArchitecture
  var builder: GraphBuilder
  var generator: SeededGenerator
  /// Result of the stages so far, `[1, rows, 1, channels]`.
  private var x = ValueID(0)

  init(_ architecture: MixedNetArchitecture, name: String, generator: SeededGenerator) {
    self.architecture = architecture
    self.generator = generator
    builder = GraphBuilder(name: name)
  }

  mutating func addFeatures(rows: Int) throws(GraphError) {
    let channels = MixedNetArchitecture.channels
    let input = builder.input("features", TensorType([1, rows, channels]))
    x = try one("expand", .reshape(Reshape(shape: [1, rows, 1, channels])), [input])
    let kernel = architecture.firstConvKernel
    let weights = weights(
      "first_conv", [architecture.firstConvFilters, kernel, 1, channels], fanIn: kernel * channels,
      gain: 2)
    let conv = Conv2D(strideH: architecture.stride, activation: .relu)
    x = try one("first_conv", .conv2D(conv), [x, weights])
  }

  mutating func addBlocks() throws(GraphError) {
    for (index, kernels) in architecture.mixconvKernels.enumerated() {
      let name = "block\(index + 1)"
      let mixed = try addDepthwise(name, kernels)
      let channels = builder.graph[mixed].type.shape[3]
      let filters = architecture.pointwiseFilters[index]
      let weights = weights(
        "\(name)/pointwise", [filters, 1, 1, channels], fanIn: channels, gain: 2)
      let linear = try one("\(name)/pointwise", .conv2D(Conv2D()), [mixed, weights])
      x = try one(
        "\(name)/batch_norm", .batchNorm(BatchNorm(activation: .relu)),
        [linear] + batchNormConstants("\(name)/batch_norm", filters))
    }
  }

  /// Depthwise convolutions of one block. With several kernels the channels are divided among them, and the branches
  /// with shorter kernels first drop rows at the start of time, so that all end together.
  private mutating func addDepthwise(_ name: String, _ kernels: [Int]) throws(GraphError) -> ValueID
  {
    let shape = builder.graph[x].type.shape
    let channels = shape[3]
    let sizes = Self.divide(channels, among: kernels.count)
    let branches =
      kernels.count == 1
      ? [x] : try builder.node("\(name)/split", .splitV(SplitV(sizes: sizes, axis: 3)), [x])
    let longest = kernels.max() ?? 1
    var results: [ValueID] = []
    for (index, kernel) in kernels.enumerated() {
      var branch = branches[index]
      if kernel < longest {
        let drop = StridedSlice(
          begin: [0, longest - kernel, 0, 0], end: [1, shape[1], 1, sizes[index]],
          strides: [1, 1, 1, 1], beginMask: 0b1101, endMask: 0b1111)
        branch = try one("\(name)/align\(index)", .stridedSlice(drop), [branch])
      }
      let stage = "\(name)/depthwise\(index)"
      let weights = weights(stage, [1, kernel, 1, sizes[index]], fanIn: kernel, gain: 1)
      let bias = builder.constant(
        "\(stage)/bias", .float32([Float](repeating: 0, count: sizes[index])),
        shape: [sizes[index]],
        isParameter: true)
      results.append(
        try one(stage, .depthwiseConv2D(DepthwiseConv2D()), [branch, weights, bias]))
    }
    if results.count == 1 { return results[0] }
    return try one("\(name)/mixed", .concatenation(Concatenation(axis: 3)), results)
  }

  mutating func addDense() throws(GraphError) {
    let features = builder.graph[x].type.shape.count
    let flat = try one("flatten", .reshape(Reshape(shape: [1, features])), [x])
    let logit = try one(
      "dense", .fullyConnected(FullyConnected()),
      [flat, weights("dense", [1, features], fanIn: features, gain: 1), denseBias()])
    builder.output(try one("probability", .logistic(Logistic()), [logit]))
  }

  /// - Parameter rows: rows that the dense unit sees.
  mutating func addScan(rows: Int) throws(GraphError) {
    let channels = builder.graph[x].type.shape[3]
    let weights = weights("dense", [1, rows, 1, channels], fanIn: rows * channels, gain: 1)
    builder.output(try one("dense", .conv2D(Conv2D()), [x, weights, denseBias()]))
  }

  // MARK: - Parts

  private mutating func one(_ name: String, _ op: Op, _ inputs: [ValueID]) throws(GraphError)
    -> ValueID
  {
    let results = try builder.node(name, op, inputs)
    precondition(results.count == 1)
    return results[0]
  }

  /// Uniform in `±√(3·gain/fanIn)`: variance `gain/fanIn`.
  private mutating func weights(_ stage: String, _ shape: Shape, fanIn: Int, gain: Float) -> ValueID
  {
    let limit = (3 * gain / Float(fanIn)).squareRoot()
    let values = (0..<shape.count).map { _ in generator.uniform(-limit, limit) }
    return builder.constant("\(stage)/weights", .float32(values), shape: shape, isParameter: true)
  }

  private mutating func denseBias() -> ValueID {
    builder.constant("dense/bias", .float32([0]), shape: [1], isParameter: true)
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

  /// `channels` in `parts` nearly equal numbers, the remainder spread over the first ones.
  private static func divide(_ channels: Int, among parts: Int) -> [Int] {
    (0..<parts).map { channels / parts + ($0 < channels % parts ? 1 : 0) }
  }
}
