import RouseIR
import RouseNumerics

/// A quantized streaming network with every kind of line: variable, per-channel weights, bias, uint8 output.
func quantizedStream() throws(GraphError) -> Graph {
  let wide = Quantization(scale: 0.1015625, zeroPoint: -128)
  let narrow = Quantization(scale: 0.05, zeroPoint: -5)
  var b = GraphBuilder(name: "tiny \"stream\"")
  let x = b.input("features", TensorType([1, 1, 3], .int8, wide))
  let state = b.variable("state 0", TensorType([1, 1, 1, 3], .int8, wide))
  let image = try b.node(
    "image", .reshape(Reshape(shape: [1, 1, 1, 3])), [x],
    types: [TensorType([1, 1, 1, 3], .int8, wide)])
  let old = try b.node(
    "old", .readVariable(ReadVariable(variable: state)), [],
    types: [TensorType([1, 1, 1, 3], .int8, wide)])
  let window = try b.node(
    "window", .concatenation(Concatenation(axis: 1)), [old[0], image[0]],
    types: [TensorType([1, 2, 1, 3], .int8, wide)])
  let tail = try b.node(
    "tail",
    .stridedSlice(
      StridedSlice(
        begin: [0, -1, 0, 0], end: [0, 0, 0, 0], strides: [1, 1, 1, 1], beginMask: 13, endMask: 15)),
    window, types: [TensorType([1, 1, 1, 3], .int8, wide)])
  try b.node("", .assignVariable(AssignVariable(variable: state)), tail)
  let weights = b.constant(
    "conv/weights", .int8([1, -2, 3, 4, 5, 6, 127, -127, 0, 0, 10, -1]), shape: [2, 2, 1, 3],
    quantization: Quantization(perChannel: [0.01, 0.02], axis: 0), isParameter: true)
  let bias = b.constant(
    "conv/bias", .int32([100, -7]), shape: [2],
    quantization: Quantization(perChannel: [0.1015625 * 0.01, 0.1015625 * 0.02], axis: 0),
    isParameter: true)
  let conv = try b.node(
    "conv", .conv2D(Conv2D(activation: .relu)), [window[0], weights, bias],
    types: [TensorType([1, 1, 1, 2], .int8, narrow)])
  let parts = try b.node(
    "parts", .splitV(SplitV(sizes: [1, 1], axis: 3)), conv,
    types: [
      TensorType([1, 1, 1, 1], .int8, narrow), TensorType([1, 1, 1, 1], .int8, narrow),
    ])
  let probability = try b.node(
    "probability", .logistic(Logistic()), [parts[1]],
    types: [TensorType([1, 1, 1, 1], .int8, Logistic.resultQuantization)])
  let output = try b.node(
    "output", .quantize(Quantize()), probability,
    types: [TensorType([1, 1, 1, 1], .uint8, Quantize.resultQuantization)])
  b.output(output[0])
  return b.graph
}

/// A float network as training builds it.
func trainingGraph() throws(GraphError) -> Graph {
  var b = GraphBuilder(name: "training")
  let x = b.input("x", TensorType([1, 4, 1, 2]))
  let w = b.constant(
    "w", .float32([0.1, -1.5, 3e-9, 1e20]), shape: [1, 2, 1, 2], isParameter: true)
  let y = try b.node("depthwise", .depthwiseConv2D(DepthwiseConv2D()), [x, w])
  let ones = TensorData.float32([1, 1])
  let gamma = b.constant("gamma", ones, shape: [2], isParameter: true)
  let beta = b.constant("beta", .float32([0, -0.25]), shape: [2], isParameter: true)
  let mean = b.constant("mean", .float32([0, 0]), shape: [2])
  let variance = b.constant("variance", ones, shape: [2])
  let z = try b.node(
    "norm", .batchNorm(BatchNorm(activation: .relu)), y + [gamma, beta, mean, variance])
  b.output(z[0])
  return b.graph
}
