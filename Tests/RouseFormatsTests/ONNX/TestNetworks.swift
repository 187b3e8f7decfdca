import RouseFormats
import RouseIR
import RouseNumerics

/// Networks with random weights, folded and ready for a file format.
enum TestNetworks {
  /// The layers of a mixed network: first convolution, blocks of split or plain depthwise convolutions each with a
  /// pointwise one, dense, logistic, and the change of type at the end.
  static func mixed(
    rows: Int, features: Int, filters: Int, blocks: [[Int]], pointwise: Int, seed: UInt64,
    activation: Activation = .relu
  ) throws -> Graph {
    var net = Builder(seed: seed)
    let x = net.graph.input("features", TensorType([1, rows, features]))
    var y = try net.node("image", .reshape(Reshape(shape: [1, rows, 1, features])), [x])
    y = try net.convolution("first", y, filters, kernel: 5, stride: 3, activation)
    for (index, kernels) in blocks.enumerated() {
      let name = "block\(index)"
      y = try net.mixedDepthwise(name, y, kernels: kernels)
      y = try net.convolution("\(name).pointwise", y, pointwise, kernel: 1, stride: 1, activation)
    }
    let count = net.graph.graph[y].type.shape.count
    y = try net.node("flat", .reshape(Reshape(shape: [1, count])), [y])
    y = try net.node(
      "dense", .fullyConnected(FullyConnected()),
      [y, net.weights("dense.w", [1, count], fanIn: count), net.weights("dense.b", [1], fanIn: 4)])
    y = try net.node("logistic", .logistic(Logistic()), [y])
    y = try net.node("probability", .quantize(Quantize()), [y])
    net.graph.output(y)
    return net.graph.graph
  }

  /// A few thousand multiplications: two kernel sizes, both kinds of reshape, a slice, a split, a concatenation.
  static func small() throws -> Graph {
    try mixed(rows: 22, features: 4, filters: 6, blocks: [[2, 3], [2]], pointwise: 4, seed: 3)
  }

  /// The standard architecture in full.
  static func standard() throws -> Graph {
    try mixed(
      rows: 204, features: 40, filters: 32, blocks: [[5], [7, 11], [9, 15], [23]], pointwise: 64,
      seed: 4)
  }

  /// Windows with values like those of the front end, `0 … 26`.
  static func windows(_ graph: Graph, count: Int, seed: UInt64) -> [[Float]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      (0..<graph[graph.inputs[0]].type.shape.count).map { _ in generator.uniform(0, 26) }
    }
  }

  struct Builder {
    var graph = GraphBuilder(name: "network")
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func weights(_ name: String, _ shape: Shape, fanIn: Int) -> ValueID {
      let bound = (3 / Float(fanIn)).squareRoot()
      return graph.constant(
        name, .float32((0..<shape.count).map { _ in generator.uniform(-bound, bound) }),
        shape: shape)
    }

    mutating func node(_ name: String, _ op: Op, _ inputs: [ValueID]) throws -> ValueID {
      try graph.node(name, op, inputs)[0]
    }

    mutating func convolution(
      _ name: String, _ x: ValueID, _ filters: Int, kernel: Int, stride: Int,
      _ activation: Activation
    ) throws -> ValueID {
      let channels = graph.graph[x].type.shape[3]
      let w = weights("\(name).w", [filters, kernel, 1, channels], fanIn: kernel * channels)
      let b = weights("\(name).b", [filters], fanIn: 100)
      return try node(
        name, .conv2D(Conv2D(strideH: stride, activation: activation)), [x, w, b])
    }

    mutating func mixedDepthwise(_ name: String, _ x: ValueID, kernels: [Int]) throws -> ValueID {
      let shape = graph.graph[x].type.shape
      let size = shape[3] / kernels.count
      let longest = kernels.max() ?? 1
      var parts = [x]
      if kernels.count > 1 {
        let sizes = kernels.map { _ in size }
        parts = try graph.node("\(name).split", .splitV(SplitV(sizes: sizes, axis: 3)), [x])
      }
      for (index, kernel) in kernels.enumerated() {
        if kernel < longest {
          let slice = StridedSlice(
            begin: [0, longest - kernel, 0, 0], end: [0, 0, 0, 0], strides: [1, 1, 1, 1],
            beginMask: 0b1101, endMask: 0b1111)
          parts[index] = try node("\(name).slice\(index)", .stridedSlice(slice), [parts[index]])
        }
        let w = weights("\(name).w\(index)", [1, kernel, 1, size], fanIn: kernel)
        let b = weights("\(name).b\(index)", [size], fanIn: 100)
        parts[index] = try node(
          "\(name).depthwise\(index)", .depthwiseConv2D(DepthwiseConv2D()), [parts[index], w, b])
      }
      if parts.count == 1 { return parts[0] }
      return try node("\(name).concatenation", .concatenation(Concatenation(axis: 3)), parts)
    }
  }
}
