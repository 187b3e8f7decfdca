import Glibc
import RouseIR
import RouseRuntime

/// A convolution whose result may be scaled channel by channel, because all that reads it multiplies each channel by
/// weights of its own: result channel `c` by `1/a[c]`, the readers' weights of that channel by `a[c] > 0`.
///
/// The network computes the same function. ReLU lets a positive factor through.
struct ChannelScaling {
  /// Constants of readers: which channel of the result each element multiplies.
  private struct Reader {
    var weights: String
    /// Channels that the constant's elements go through in turn.
    var channels: Int
    /// The first channel of the result that it reads.
    var first: Int
  }

  let result: String
  let weights: String
  private let bias: String
  private let readers: [Reader]
  let channels: Int

  /// - Parameter graph: the float network over a whole window.
  /// - Returns: nil when a reader is no such layer, or the activation is not linear for positive numbers.
  init?(_ node: Node, in graph: Graph) {
    guard case .conv2D(let conv) = node.op, conv.activation == .none || conv.activation == .relu,
      node.inputs.count == 3
    else { return nil }
    result = graph[node.outputs[0]].name
    weights = graph[node.inputs[1]].name
    bias = graph[node.inputs[2]].name
    channels = graph[node.inputs[1]].type.shape[0]
    guard let readers = Self.readers(of: node.outputs[0], first: 0, graph, graph.consumers) else {
      return nil
    }
    self.readers = readers
  }

  /// Everything that reads `id`, whose channel 0 is channel `first` of the result; nil when one is not linear.
  private static func readers(
    of id: ValueID, first: Int, _ graph: Graph, _ consumers: [[Int]]
  ) -> [Reader]? {
    guard !graph.outputs.contains(id), let channels = graph[id].type.shape.dimensions.last else {
      return nil
    }
    var result: [Reader] = []
    func follow(_ id: ValueID, _ first: Int) -> Bool {
      guard let more = readers(of: id, first: first, graph, consumers) else { return false }
      result += more
      return true
    }
    for index in consumers[id.index] {
      let node = graph.nodes[index]
      let outputs = node.outputs.map { graph[$0].type.shape }
      switch node.op {
      case .splitV(let split) where split.axis == graph[id].type.shape.rank - 1:
        var offset = first
        for (piece, shape) in zip(node.outputs, outputs) {
          guard follow(piece, offset) else { return nil }
          offset += shape.dimensions.last ?? 0
        }
      case .stridedSlice, .averagePool2D:
        guard outputs[0].dimensions.last == channels, follow(node.outputs[0], first) else {
          return nil
        }
      case .reshape:
        // Rows of whole channels one after the other, or flattened to be read by a dense layer.
        let isDense = consumers[node.outputs[0].index].allSatisfy {
          if case .fullyConnected = graph.nodes[$0].op { return true }
          return false
        }
        guard outputs[0].dimensions.last == channels || isDense else { return nil }
        if outputs[0].dimensions.last == channels {
          guard follow(node.outputs[0], first) else { return nil }
        } else {
          for reader in consumers[node.outputs[0].index] {
            let weights = graph[graph.nodes[reader].inputs[1]]
            guard weights.constant != nil else { return nil }
            result.append(Reader(weights: weights.name, channels: channels, first: first))
          }
        }
      case .depthwiseConv2D(let conv) where conv.multiplier == 1 && node.inputs[0] == id:
        let weights = graph[node.inputs[1]]
        result.append(Reader(weights: weights.name, channels: channels, first: first))
      case .conv2D where node.inputs[0] == id, .fullyConnected where node.inputs[0] == id:
        let weights = graph[node.inputs[1]]
        guard weights.type.shape.dimensions.last == channels else { return nil }
        result.append(Reader(weights: weights.name, channels: channels, first: first))
      default: return nil
      }
    }
    return result
  }

  /// The same model with result channel `c` divided by `factors[c]`.
  func applied(_ factors: [Double], to model: CalibratedModel) -> CalibratedModel {
    var model = model
    let inner = (model.deployable.floats(weights)?.count ?? 0) / channels
    model.deployable.update(weights) { index, value in
      Float(Double(value) / factors[index / inner])
    }
    model.deployable.update(bias) { index, value in Float(Double(value) / factors[index]) }
    for reader in readers {
      model.deployable.update(reader.weights) { index, value in
        Float(Double(value) * factors[reader.first + index % reader.channels])
      }
    }
    if let ranges = model.channels[result], ranges.count == channels {
      let scaled = zip(ranges, factors).map { range, factor in
        ValueRange(
          low: Float(Double(range.low) / factor), high: Float(Double(range.high) / factor))
      }
      model.channels[result] = scaled
      model.choices.ranges[result] = ValueRange(of: scaled)
    }
    return model
  }
}

extension DeployableModel {
  /// The float constant called `name`.
  func floats(_ name: String) -> [Float]? {
    streaming.value(named: name).map { streaming[$0].floats }
  }

  /// Gives every element of the float constant called `name`, in both networks, a new value.
  mutating func update(_ name: String, _ change: (_ index: Int, _ value: Float) -> Float) {
    guard let values = floats(name) else { return }
    let changed = TensorData.float32(values.enumerated().map(change))
    if let id = window.value(named: name) { window[id].constant = changed }
    if let id = streaming.value(named: name) { streaming[id].constant = changed }
  }
}
