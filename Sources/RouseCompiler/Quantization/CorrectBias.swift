import RouseIR
import RouseRuntime

/// Adds to each bias what rounded weights and rounded, cut off inputs take away on average:
/// `Δb[o] = Σ w[o, i] · E[x[i]] − Σ ŵ[o, i] · E[x̂[i]]`, with the means of the float and of the int8 network over the
/// reference streams, channel by channel, the int8 ones with all earlier corrections in place.
///
/// A correction is kept only where the logit's measured error falls.
public enum CorrectBias {
  public static func apply(to model: CalibratedModel) throws(GraphError) -> CalibratedModel {
    guard let reference = model.reference else { return model }
    let graph = model.deployable.streaming
    let layers = graph.nodes.compactMap { WeightedLayer($0, in: graph) }
    let network = try FloatStreams(graph, counts: [reference.stream.count])
    let stream = reference.stream
    let means = try ChannelStatistics(
      of: layers.map(\.input), in: network, needsMeans: true
    ) { _, start, count, input in input.copyFeatures(stream, start, count) }
    var probe = LogitProbe(reference, input: graph[graph.inputs[0]].name)
    var result = model
    // Passes note the error of what they chose.
    var error =
      if let known = model.report.errorAfter { known } else { try probe.error(of: model) }
    result.report.note(error, steps: reference.steps)
    for layer in layers {
      try probe.advance(to: layer.result, with: result)
      let int8 = try probe.quantized(result)
      guard let floatMeans = means.means(of: layer.input),
        let int8Means = probe.channelMeans(of: layer.input, in: int8),
        let weights = model.deployable.floats(layer.weights),
        let rounded = roundedWeights(layer, int8)
      else { continue }
      let wanted = layer.sums(weights, floatMeans)
      let found = layer.sums(rounded, int8Means)
      var tried = result
      tried.choices.biasCorrections[layer.bias] = zip(wanted, found).map { $0 - $1 }
      let corrected = try probe.error(of: tried)
      let isBetter = corrected < error
      result = isBetter ? tried : result
      result.report.biases.append(
        .init(
          subjects: [layer.bias],
          candidates: [
            .init(name: "as trained", error: error), .init(name: "corrected", error: corrected),
          ], chosen: isBetter ? "corrected" : "as trained"))
      error = min(error, corrected)
    }
    result.report.note(error, steps: reference.steps)
    return result
  }

  /// The weights that the int8 network multiplies by, as real numbers.
  private static func roundedWeights(_ layer: WeightedLayer, _ graph: Graph) -> [Float]? {
    guard let id = graph.value(named: layer.weights), case .int8(let codes)? = graph[id].constant,
      let quantization = graph[id].type.quantization
    else { return nil }
    let scales = quantization.scales
    let inner =
      quantization.axis.map { axis in
        graph[id].type.shape.dimensions[(axis + 1)...].reduce(1, *)
      } ?? codes.count
    return codes.enumerated().map { Float($1) * scales[$0 / inner % scales.count] }
  }
}

/// A layer with weights and a bias, and which channel of its input each weight multiplies.
struct WeightedLayer {
  let result: String
  let input: String
  let weights: String
  let bias: String
  private let isDepthwise: Bool
  private let channels: Int
  private let results: Int

  init?(_ node: Node, in graph: Graph) {
    guard node.inputs.count == 3 else { return nil }
    var input = node.inputs[0]
    switch node.op {
    case .conv2D: isDepthwise = false
    case .depthwiseConv2D(let conv):
      guard conv.multiplier == 1 else { return nil }
      isDepthwise = true
    case .fullyConnected:
      isDepthwise = false
      // What is flattened is still rows of channels one operator earlier.
      if let before = graph.producers[input.index], case .reshape = graph.nodes[before].op {
        input = graph.nodes[before].inputs[0]
      }
    default: return nil
    }
    self.input = graph[input].name
    channels = graph[input].type.shape.dimensions.last ?? 1
    results = graph[node.inputs[2]].type.shape.count
    result = graph[node.outputs[0]].name
    weights = graph[node.inputs[1]].name
    bias = graph[node.inputs[2]].name
  }

  /// `Σ w · mean` for each result; weights of one channel lie `channels` apart.
  ///
  /// Depthwise weights are `[1, taps, 1, channels]`, others `[results, …, channels]`.
  func sums(_ weights: [Float], _ means: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: results)
    let inner = weights.count / results
    for (index, weight) in weights.enumerated() {
      let result = isDepthwise ? index % channels : index / inner
      sums[result] += Double(weight) * means[index % channels]
    }
    return sums
  }
}
