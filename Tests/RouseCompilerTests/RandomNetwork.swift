import RouseCompiler
import RouseIR
import RouseNumerics

/// Small quantized streaming networks of the shape that presets have, with random kernels, strides, widths, weights and
/// scales.
enum RandomNetwork {
  static let channels = 4

  enum Scales: CaseIterable {
    /// As the quantizer makes them: one for each filter.
    case perChannel
    /// One for each convolution, a power of two, so that products of scales are exact.
    case perLayer
    /// The same, stated once for each filter.
    case repeated
  }

  /// Convolution, mixed depthwise of two or three kernels, pointwise, depthwise, pointwise, dense.
  static func streaming(seed: UInt64, _ scales: Scales) throws -> Graph {
    var generator = SeededGenerator(seed: seed)
    let window = try network(&generator)
    let streaming = try MakeStreaming.apply(to: window)
    let input = Quantization(scale: 0.125, zeroPoint: -128)
    let rows = (0..<80 * channels).map { _ in Float(generator.below(256)) * 0.125 }
    let ranges = try Calibrate.ranges(of: streaming, over: [rows])
    var graph = try QuantizeModel.apply(to: streaming, ranges: ranges, input: input)
    if scales != .perChannel { makeUniform(&graph, stated: scales == .repeated) }
    return graph
  }

  private static func network(_ generator: inout SeededGenerator) throws -> Graph {
    let filters = 4 * (1 + generator.below(2))
    let width = 8
    let kernel = 2 + generator.below(4)
    let stride = 1 + generator.below(kernel)
    var kernels = [2 + generator.below(3), 5 + generator.below(3)]
    if generator.below(2) == 0 { kernels.append(1 + generator.below(3)) }
    let longest = kernels.max() ?? 1
    let last = 2 + generator.below(4)
    let end = 2 + generator.below(3)
    let middle = end + last - 1
    let early = middle + longest - 1
    let rows = (early - 1) * stride + kernel

    var builder = GraphBuilder(name: "random")
    func parameter(_ name: String, _ shape: Shape) -> ValueID {
      let values = (0..<shape.count).map { _ in generator.uniform(-0.7, 0.7) }
      return builder.constant(name, .float32(values), shape: shape, isParameter: true)
    }
    func layer(_ name: String, _ op: Op, _ x: ValueID, _ w: Shape, _ count: Int) throws -> ValueID {
      try builder.node(
        name, op, [x, parameter("\(name)/w", w), parameter("\(name)/b", [count])])[0]
    }

    let x = builder.input("features", TensorType([1, rows, channels]))
    let wide = try builder.node("expand", .reshape(Reshape(shape: [1, rows, 1, channels])), [x])[0]
    let stem = try layer(
      "stem", .conv2D(Conv2D(strideH: stride, activation: .relu)), wide,
      [filters, kernel, 1, channels], filters)
    var sizes = [Int](repeating: filters / kernels.count, count: kernels.count)
    sizes[0] += filters - sizes.reduce(0, +)
    let pieces = try builder.node("split", .splitV(SplitV(sizes: sizes, axis: 3)), [stem])
    var branches: [ValueID] = []
    for (index, size) in kernels.enumerated() {
      var piece = pieces[index]
      if size < longest {
        piece = try builder.node(
          "align\(index)", .stridedSlice(dropRows(longest - size)), [piece])[0]
      }
      branches.append(
        try layer(
          "mix\(index)", .depthwiseConv2D(DepthwiseConv2D()), piece, [1, size, 1, sizes[index]],
          sizes[index]))
    }
    let mixed = try builder.node("mixed", .concatenation(Concatenation(axis: 3)), branches)[0]
    let point = try layer(
      "point", .conv2D(Conv2D(activation: .relu)), mixed, [width, 1, 1, filters], width)
    let deep = try layer(
      "deep", .depthwiseConv2D(DepthwiseConv2D()), point, [1, last, 1, width], width)
    let top = try layer(
      "top", .conv2D(Conv2D(activation: .relu)), deep, [width, 1, 1, width], width)
    let flat = try builder.node("flat", .reshape(Reshape(shape: [1, end * width])), [top])[0]
    let logit = try layer("logit", .fullyConnected(FullyConnected()), flat, [1, end * width], 1)
    builder.output(try builder.node("probability", .logistic(Logistic()), [logit])[0])
    return builder.graph
  }

  private static func dropRows(_ rows: Int) -> StridedSlice {
    StridedSlice(
      begin: [0, rows, 0, 0], end: [0, 0, 0, 0], strides: [1, 1, 1, 1], beginMask: 0b1101,
      endMask: 0b1111)
  }

  private static func makeUniform(_ graph: inout Graph, stated: Bool) {
    for node in graph.nodes {
      guard case .conv2D = node.op, let x = graph[node.inputs[0]].type.quantization?.scale,
        let largest = graph[node.inputs[1]].type.quantization?.scales.max()
      else { continue }
      let scale = largest.binade
      let count = graph[node.inputs[1]].type.shape[0]
      func quantization(_ scale: Float) -> Quantization {
        stated
          ? Quantization(perChannel: [Float](repeating: scale, count: count), axis: 0)
          : Quantization(scale: scale, zeroPoint: 0)
      }
      graph[node.inputs[1]].type.quantization = quantization(scale)
      graph[node.inputs[2]].type.quantization = quantization(scale * x)
    }
  }

  static func rows(_ count: Int, seed: UInt64) -> [Int8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count * channels).map { _ in Int8(generator.below(256) - 128) }
  }
}
