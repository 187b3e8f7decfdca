import RouseIR
import RouseNumerics
import RouseRuntime

/// Runs representative features **one after the other through the stateful streaming graph**, so that the buffers hold
/// what they hold on the device, and records the range of every value that is quantized by its range.
///
/// The first invocations, while the buffers are still filling with the zeros they start from, count as well: a device
/// passes through them after every start. Many steps are run per invocation where the network allows it.
public enum Calibrate {
  /// - Parameter clips: device features, `[rows · 40]` each.
  public static func apply(
    to model: DeployableModel, over clips: [[Int8]]
  ) throws(GraphError) -> CalibratedModel {
    let graph = model.streaming
    let stream = joined(clips, graph)
    let network = try FloatStreams(graph, counts: [stream.count])
    let statistics = try ChannelStatistics(
      of: try QuantizeModel.groups(of: graph).flatMap { $0 }, in: network
    ) { _, start, count, input in input.copyFeatures(stream, start, count) }
    var calibrated = CalibratedModel(deployable: model, channels: statistics.ranges)
    if let layer = LogitLayer(graph) {
      calibrated.reference = try LogitReference(
        layer, graph, over: joined(LogitReference.chosen(of: clips), graph))
    }
    return calibrated
  }

  /// - Parameters:
  ///   - graph: float, streaming.
  ///   - clips: rows of features on the device's int8 grid, as real numbers, `[rows · channels]` each.
  /// - Returns: a range for every value that is quantized by its range, by name.
  public static func ranges(
    of graph: Graph, over clips: [[Float]]
  ) throws(GraphError) -> [String: ValueRange] {
    let stream = joined(clips, graph)
    let network = try FloatStreams(graph, counts: [stream.count])
    let statistics = try ChannelStatistics(
      of: try QuantizeModel.groups(of: graph).flatMap { $0 }, in: network
    ) { _, start, count, input in
      for index in 0..<count { input[index] = stream[start + index] }
    }
    return statistics.ranges.compactMapValues(ValueRange.init(of:))
  }

  /// The clips one after the other, each without the rest that no step consumes.
  private static func joined<Element>(_ clips: [[Element]], _ graph: Graph) -> [Element] {
    let step = graph[graph.inputs[0]].type.shape.count
    return clips.flatMap { $0.prefix($0.count / step * step) }
  }
}

extension ValueRange {
  /// The range that holds all of `ranges`; nil when there is none.
  init?(of ranges: some Collection<ValueRange>) {
    guard let first = ranges.first else { return nil }
    self = ranges.dropFirst().reduce(first) { $0.union($1) }
  }
}
