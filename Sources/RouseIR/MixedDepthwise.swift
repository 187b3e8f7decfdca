import RouseNumerics

/// Depthwise convolutions of different lengths over groups of channels, where the channels lie: what a `SplitV`, crops of
/// the start of time, `DepthwiseConv2D`s and a `Concatenation` compute one after another, without the copies.
///
/// Inputs: `x` `[n, rows, 1, channels]`, then for each group its weights and, where it has one, its bias. Not an operator
/// of a graph: `NetworkPlan` finds the chain and runs this instead. The results are the same bits.
package struct MixedDepthwise: BatchOperator {
  package struct Group: Hashable, Sendable {
    let window: Window
    let channels: Range<Int>
    /// Rows at the start of an image that this group does not read.
    let skippedRows: Int
    /// Index among the inputs; the bias follows.
    let weights: Int
    let hasBias: Bool
  }

  let rows: Int
  let channels: Int
  let groups: [Group]

  /// Elements of one image of `x`, and of one image of results.
  private var imageCount: Int { rows * channels }
  private var resultCount: Int { (groups.first?.window.height.output ?? 0) * channels }

  package func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    step.shards.forEach({ _, batch in
      for group in groups {
        FloatKernels.depthwise(
          Place(x, batch.lowerBound * imageCount + start(group)), Place(step.inputs[group.weights]),
          bias: group.hasBias ? Place(step.inputs[group.weights + 1]) : nil,
          into: Place(y, batch.lowerBound * resultCount + group.channels.lowerBound),
          batch: batch.count, group.window, limits: .unlimited)
      }
    })
  }

  package func backward(_ step: BackwardStep) {
    let (x, dy, scratch) = (step.inputs[0], step.outputGradients[0], step.scratch)
    let shards = step.shards.count
    let dx = step.inputGradients[0]
    step.shards.forEach({ shard, batch in
      var next = 0
      for group in groups {
        let part = Part(group, from: next, shards: shards)
        next = part.end
        let image = batch.lowerBound * imageCount + start(group)
        let result = Place(dy, batch.lowerBound * resultCount + group.channels.lowerBound)
        let weights = group.window.taps * group.channels.count
        if step.inputGradients[group.weights] != nil {
          FloatKernels.depthwiseWeightGradient(
            Place(x, image), result, into: Place(scratch, part.weights + shard * weights),
            batch: batch.count, group.window)
        }
        if group.hasBias, step.inputGradients[group.weights + 1] != nil {
          FloatKernels.columnSums(
            result, into: Place(scratch, part.biases + shard * group.channels.count),
            rows: batch.count * group.window.positions, channels: group.channels.count,
            pitch: channels)
        }
        guard let dx else { continue }
        clearSkipped(group, of: dx, batch)
        FloatKernels.depthwiseInputGradient(
          result, Place(step.inputs[group.weights]), into: Place(dx, image), batch: batch.count,
          group.window)
      }
    })
    var next = 0
    for group in groups {
      let part = Part(group, from: next, shards: shards)
      next = part.end
      if let dw = step.inputGradients[group.weights] {
        FloatKernels.sumParts(
          Place(scratch, part.weights), parts: shards, count: dw.count, into: Place(dw))
      }
      if group.hasBias, let db = step.inputGradients[group.weights + 1] {
        FloatKernels.sumParts(
          Place(scratch, part.biases), parts: shards, count: db.count, into: Place(db))
      }
    }
  }

  package func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    groups.reduce(0) { Part($1, from: $0, shards: Shards.count(batch: batch)).end }
  }

  /// Where a group's gradients of weights and biases lie in the scratch, one of each for every shard.
  private struct Part {
    let weights: Int
    let biases: Int
    let end: Int

    init(_ group: Group, from start: Int, shards: Int) {
      weights = start
      biases = weights + shards * group.window.taps * group.channels.count
      end = biases + shards * group.channels.count
    }
  }

  private func start(_ group: Group) -> Int {
    group.skippedRows * channels + group.channels.lowerBound
  }

  private func clearSkipped(_ group: Group, of dx: FloatView, _ batch: Range<Int>) {
    for image in batch {
      for row in 0..<group.skippedRows {
        let first = image * imageCount + row * channels
        dx.clear(first + group.channels.lowerBound..<first + group.channels.upperBound)
      }
    }
  }
}

// MARK: - Finding one

extension MixedDepthwise {
  /// The chain that ends in `nodes[last]`, a concatenation: its replacement, and which nodes it replaces.
  ///
  /// - Parameters:
  ///   - producers: node that makes each value.
  ///   - consumers: nodes that read each value; a value that something outside the chain reads must be computed.
  /// - Returns: nil when the nodes before the concatenation are anything else.
  package static func find(
    _ graph: Graph, endingAt last: Int, producers: [Int?], consumers: [[Int]]
  ) -> (op: MixedDepthwise, inputs: [ValueID], replaced: [Int])? {
    guard case .concatenation(let join) = graph.nodes[last].op, join.axis == 3 else { return nil }
    func shape(_ id: ValueID) -> Shape { graph[id].type.shape }
    func producer(_ id: ValueID) -> Int? {
      consumers[id.index].count == 1 && !graph.outputs.contains(id) ? producers[id.index] : nil
    }
    var replaced = [last]
    var split: Int?
    var inputs: [ValueID] = []
    var groups: [Group] = []
    let width = shape(graph.nodes[last].outputs[0])[3]
    for (index, part) in graph.nodes[last].inputs.enumerated() {
      guard let convolution = producer(part),
        case .depthwiseConv2D(let op) = graph.nodes[convolution].op, op.activation == .none
      else { return nil }
      let operands = graph.nodes[convolution].inputs
      replaced.append(convolution)
      var source = operands[0]
      let window = op.window(shape(source), shape(operands[1]))
      guard let before = producer(source) else { return nil }
      if case .stridedSlice(let crop) = graph.nodes[before].op {
        let (from, to) = (shape(graph.nodes[before].inputs[0]), shape(source))
        guard crop.strides == [1, 1, 1, 1], crop.endMask == 0b1111, crop.shrinkAxisMask == 0,
          from[0] == to[0], from[2] == to[2], from[3] == to[3]
        else { return nil }
        replaced.append(before)
        source = graph.nodes[before].inputs[0]
      }
      guard let origin = producer(source), split == nil || split == origin,
        case .splitV(let cut) = graph.nodes[origin].op, cut.axis == 3,
        graph.nodes[origin].outputs.count == graph.nodes[last].inputs.count,
        graph.nodes[origin].outputs[index] == source
      else { return nil }
      let x = graph.nodes[origin].inputs[0]
      if split == nil { inputs = [x] }
      split = origin
      let first = groups.last?.channels.upperBound ?? 0
      guard window.isColumn, shape(x)[3] == width else { return nil }
      groups.append(
        Group(
          window: window.inside(rows: shape(x)[1], xWidth: width, yWidth: width),
          channels: first..<first + window.channels,
          skippedRows: shape(x)[1] - window.height.input, weights: inputs.count,
          hasBias: operands.count == 3))
      inputs += operands[1...]
    }
    guard let split, let x = inputs.first else { return nil }
    replaced.append(split)
    return (
      MixedDepthwise(rows: shape(x)[1], channels: width, groups: groups), inputs, replaced
    )
  }
}
