import RouseIR
import RouseNumerics

/// A small streaming network with every operator that our own networks use, as int8 or, without `quantize`, as float32.
enum StreamingGraph {
  static func int8() throws -> Graph { try make(isFloat: false) }
  static func float32() throws -> Graph { try make(isFloat: true) }

  private static func make(isFloat: Bool) throws -> Graph {
    func type(
      _ shape: Shape, _ scale: Float, _ zeroPoint: Int32, _ element: ElementType = .int8
    ) -> TensorType {
      isFloat
        ? TensorType(shape)
        : TensorType(shape, element, Quantization(scale: scale, zeroPoint: zeroPoint))
    }
    func weights(_ shape: Shape, axis: Int?) -> (TensorData, Quantization?) {
      if isFloat { return (.float32((0..<shape.count).map { Float($0 % 7) * 0.25 - 0.75 }), nil) }
      let data = TensorData.int8((0..<shape.count).map { Int8(truncatingIfNeeded: $0 * 29 - 60) })
      guard let axis else { return (data, Quantization(scale: 0.02, zeroPoint: 0)) }
      return (
        data,
        Quantization(perChannel: (0..<shape[axis]).map { 0.01 + Float($0) * 0.002 }, axis: axis)
      )
    }
    /// Scales are those of the input times those of the weights, which the firmware checks.
    func bias(_ count: Int, inputScale: Float, perChannel: Bool = true) -> (
      TensorData, Quantization?
    ) {
      if isFloat { return (.float32([Float](repeating: 0.5, count: count)), nil) }
      let data = TensorData.int32((0..<count).map { Int32($0 * 100 - 150) })
      guard perChannel else { return (data, Quantization(scale: inputScale * 0.02, zeroPoint: 0)) }
      return (
        data,
        Quantization(
          perChannel: (0..<count).map { inputScale * (0.01 + Float($0) * 0.002) }, axis: 0)
      )
    }

    var builder = GraphBuilder(name: "tiny")
    func constant(_ name: String, _ shape: Shape, _ made: (TensorData, Quantization?)) -> ValueID {
      builder.constant(name, made.0, shape: shape, quantization: made.1)
    }
    let input = builder.input("features", type([1, 3, 8], 0.1, -128))
    let image = try builder.node(
      "image", .reshape(Reshape(shape: [1, 3, 1, 8])), [input],
      types: [type([1, 3, 1, 8], 0.1, -128)])
    let stem = builder.variable("stem", type([1, 2, 1, 8], 0.1, -128))
    let past = try builder.node(
      "stem/past", .readVariable(ReadVariable(variable: stem)), [],
      types: [type([1, 2, 1, 8], 0.1, -128)])
    let window = try builder.node(
      "stem/window", .concatenation(Concatenation(axis: 1)), past + image,
      types: [type([1, 5, 1, 8], 0.1, -128)])
    let last = StridedSlice(
      begin: [0, 3, 0, 0], end: [1, 5, 1, 8], strides: [1, 1, 1, 1], beginMask: 13, endMask: 15)
    let rest = try builder.node(
      "stem/rest", .stridedSlice(last), window, types: [type([1, 2, 1, 8], 0.1, -128)])
    try builder.node("stem/assign", .assignVariable(AssignVariable(variable: stem)), rest)
    let stemWeights = constant("stem/weights", [4, 5, 1, 8], weights([4, 5, 1, 8], axis: 0))
    let stemBias = constant("stem/bias", [4], bias(4, inputScale: 0.1))
    let features = try builder.node(
      "stem/conv", .conv2D(Conv2D(strideH: 3, activation: .relu)),
      [window[0], stemWeights, stemBias], types: [type([1, 1, 1, 4], 0.3, -128)])

    let block = builder.variable("block", type([1, 2, 1, 4], 0.3, -128))
    let blockPast = try builder.node(
      "block/past", .readVariable(ReadVariable(variable: block)), [],
      types: [type([1, 2, 1, 4], 0.3, -128)])
    let blockWindow = try builder.node(
      "block/window", .concatenation(Concatenation(axis: 1)), blockPast + features,
      types: [type([1, 3, 1, 4], 0.3, -128)])
    var blockLast = last
    blockLast.begin = [0, 1, 0, 0]
    blockLast.end = [1, 3, 1, 4]
    let blockRest = try builder.node(
      "block/rest", .stridedSlice(blockLast), blockWindow,
      types: [type([1, 2, 1, 4], 0.3, -128)])
    try builder.node("block/assign", .assignVariable(AssignVariable(variable: block)), blockRest)
    let halves = try builder.node(
      "block/split", .splitV(SplitV(sizes: [3, 1], axis: 3)), blockWindow,
      types: [type([1, 3, 1, 3], 0.3, -128), type([1, 3, 1, 1], 0.3, -128)])
    var branches: [ValueID] = []
    for (index, half) in halves.enumerated() {
      let channels = index == 0 ? 3 : 1
      let shape: Shape = [1, 3, 1, channels]
      let w = constant("block/weights\(index)", shape, weights(shape, axis: 3))
      let b = constant("block/bias\(index)", [channels], bias(channels, inputScale: 0.3))
      branches += try builder.node(
        "block/depthwise\(index)", .depthwiseConv2D(DepthwiseConv2D()), [half, w, b],
        types: [type([1, 1, 1, channels], 0.2, 5)])
    }
    let joined = try builder.node(
      "block/join", .concatenation(Concatenation(axis: 3)), branches,
      types: [type([1, 1, 1, 4], 0.2, 5)])
    // One filter: a per-channel quantization with one scale.
    let pointWeights = constant("point/weights", [1, 1, 1, 4], weights([1, 1, 1, 4], axis: 0))
    let pointBias = constant("point/bias", [1], bias(1, inputScale: 0.2))
    let point = try builder.node(
      "point", .conv2D(Conv2D(padding: .same, activation: .relu6)),
      [joined[0], pointWeights, pointBias], types: [type([1, 1, 1, 1], 0.4, -128)])
    let flat = try builder.node(
      "flat", .reshape(Reshape(shape: [1, 1])), point, types: [type([1, 1], 0.4, -128)])
    let denseWeights = constant("dense/weights", [1, 1], weights([1, 1], axis: nil))
    let denseBias = constant("dense/bias", [1], bias(1, inputScale: 0.4, perChannel: false))
    let dense = try builder.node(
      "dense", .fullyConnected(FullyConnected()), [flat[0], denseWeights, denseBias],
      types: [type([1, 1], 0.1, 3)])
    let logistic = try builder.node(
      "logistic", .logistic(Logistic()), dense, types: [type([1, 1], 1 / 256, -128)])
    if isFloat {
      builder.output(logistic[0])
      return builder.graph
    }
    let output = try builder.node(
      "probability", .quantize(Quantize()), logistic, types: [type([1, 1], 1 / 256, 0, .uint8)])
    builder.output(output[0])
    return builder.graph
  }
}
