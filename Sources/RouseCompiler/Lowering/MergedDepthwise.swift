import RouseIR
import RouseNumerics

/// A mixed depthwise convolution as it was trained: the channels are split, each group loses the rows that its kernel
/// does not reach, is convolved, and the groups are joined.
///
/// It is the same as one depthwise convolution of the longest kernel over all channels: shorter kernels get leading
/// weights of 0, and `(x − zeroPoint) · 0` adds nothing to an integer sum.
struct MergedDepthwise {
  private struct Branch {
    var shape: Shape
    var weights: [Int8]
    var weightScales: [Float]
    var bias: [Int32]
    var biasScales: [Float]

    /// One scale for each channel, also where one serves them all.
    init?(_ graph: Graph, _ node: Node) {
      let (w, b) = (graph[node.inputs[1]], graph[node.inputs[2]])
      guard case .int8(let weights)? = w.constant, case .int32(let bias)? = b.constant,
        let weightScales = w.type.quantization?.scales, let biasScales = b.type.quantization?.scales
      else { return nil }
      shape = w.type.shape
      let channels = shape[3]
      func each(_ scales: [Float]) -> [Float] {
        scales.count == 1 ? [Float](repeating: scales[0], count: channels) : scales
      }
      self.weights = weights
      self.weightScales = each(weightScales)
      self.bias = bias
      self.biasScales = each(biasScales)
    }
  }

  private let joining: Int
  private let source: ValueID
  private let convolution: DepthwiseConv2D
  private let branches: [Branch]

  /// - Parameter joining: a node; nil unless it joins the branches of a mixed depthwise convolution that nothing else
  ///   reads.
  init?(_ edit: GraphEdit, joining index: Int) {
    let graph = edit.graph
    guard case .concatenation(let join) = graph.nodes[index].op, join.axis == 3,
      graph.nodes[index].inputs.count > 1
    else { return nil }
    var split: Int?
    var common: DepthwiseConv2D?
    var branches: [Branch] = []
    var reach: [Int] = []
    for (position, id) in graph.nodes[index].inputs.enumerated() {
      guard edit.isPrivate(id), let made = edit.producer(of: id),
        case .depthwiseConv2D(let depthwise) = graph.nodes[made].op,
        graph.nodes[made].inputs.count == 3, depthwise.multiplier == 1,
        depthwise.padding == .valid, depthwise.dilationH == 1, depthwise == common ?? depthwise
      else { return nil }
      common = depthwise
      let node = graph.nodes[made]
      var piece = node.inputs[0]
      var dropped = 0
      if let slice = edit.producer(of: piece), let cut = graph.cut(of: graph.nodes[slice]) {
        let input = graph.nodes[slice].inputs[0]
        guard cut.axis == 1, cut.range.upperBound == graph[input].type.shape[1] else { return nil }
        dropped = cut.range.lowerBound
        piece = input
      }
      guard let origin = edit.producer(of: piece), origin == split ?? origin,
        case .splitV(let cut) = graph.nodes[origin].op, cut.axis == 3,
        graph.nodes[origin].outputs.firstIndex(of: piece) == position,
        graph.nodes[origin].outputs.count == graph.nodes[index].inputs.count
      else { return nil }
      split = origin
      guard let branch = Branch(graph, node),
        branch.shape[2] == branches.first?.shape[2] ?? branch.shape[2]
      else { return nil }
      reach.append(dropped + branch.shape[1])
      branches.append(branch)
    }
    guard let split, let common, let longest = reach.first, reach.allSatisfy({ $0 == longest }),
      branches.contains(where: { $0.shape[1] == longest })
    else { return nil }
    joining = index
    source = graph.nodes[split].inputs[0]
    convolution = common
    self.branches = branches
  }

  func apply(to edit: inout GraphEdit) {
    let result = edit.graph.nodes[joining].outputs[0]
    let name = edit.graph[result].name
    let channels = branches.reduce(0) { $0 + $1.shape[3] }
    let rows = branches.map { $0.shape[1] }.max() ?? 1
    let width = branches[0].shape[2]
    var weights = [Int8](repeating: 0, count: rows * width * channels)
    var first = 0
    for branch in branches {
      let skipped = (rows - branch.shape[1]) * width
      let count = branch.shape[3]
      for position in 0..<branch.shape[1] * width {
        let target = (skipped + position) * channels + first
        weights.replaceSubrange(
          target..<target + count, with: branch.weights[position * count..<(position + 1) * count])
      }
      first += count
    }
    let scales = Quantization(perChannel: branches.flatMap(\.weightScales), axis: 3)
    let biasScales = Quantization(perChannel: branches.flatMap(\.biasScales), axis: 0)
    let w = edit.add(
      "\(name)/weights", TensorType([1, rows, width, channels], .int8, scales),
      constant: .int8(weights))
    let b = edit.add(
      "\(name)/bias", TensorType([channels], .int32, biasScales),
      constant: .int32(branches.flatMap(\.bias)))
    edit.replace(
      joining,
      by: [Node(.depthwiseConv2D(convolution), inputs: [source, w, b], outputs: [result])])
  }
}
