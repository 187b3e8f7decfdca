import RouseFrontEnd
import RouseIR
import RouseNumerics

/// Runs a network over whole streams of features: one probability for each step of the streaming model.
///
/// Streams are cut into pieces of equal length that overlap by what the network looks back, and the pieces run in
/// batches. Only steps whose whole window lies in the stream are computed.
package final class StreamScanner {
  private let plan: NetworkPlan
  private let geometry: WindowGeometry
  private let steps: Int

  /// Two shards of pieces, so that two cores have work.
  private static let batch = 2 * Shards.rowsPerShard
  /// Three seconds at 30 ms a step: the overlap of two more is worth the small memory.
  private static let stepsPerPiece = 96

  /// - Parameter values: the weights, in the layout of the training graph.
  package init(
    _ preset: Preset, layout: ParameterLayout, values: FloatBuffer, threads: Int
  ) throws(TrainingError) {
    geometry = WindowGeometry(preset)
    steps = Self.stepsPerPiece
    let graph = try preset.architecture.scanGraph(
      stepMilliseconds: preset.stepMilliseconds, steps: steps)
    plan = NetworkPlan(
      graph, target: graph.outputs[0], layout: layout, values: values, gradients: nil,
      batch: Self.batch, threads: threads)
  }

  /// Logits of every aligned window of every stream.
  package func logits(_ streams: FeatureStreams) -> [[Float]] {
    logits(streams, of: Array(streams.ranges.indices))
  }

  /// Logits of every aligned window of the chosen streams.
  package func logits(_ streams: FeatureStreams, of chosen: [Int]) -> [[Float]] {
    var results = chosen.map {
      [Float](repeating: 0, count: geometry.windows(inRows: streams.ranges[$0].count))
    }
    var pieces: [(stream: Int, first: Int)] = []
    for (stream, result) in results.enumerated() {
      for first in stride(from: 0, to: result.count, by: steps) { pieces.append((stream, first)) }
    }
    for start in stride(from: 0, to: pieces.count, by: Self.batch) {
      let batch = pieces[start..<min(start + Self.batch, pieces.count)]
      for (slot, piece) in batch.enumerated() {
        fill(slot, streams, (chosen[piece.stream], piece.first))
      }
      plan.forward(isTraining: false)
      for (slot, piece) in batch.enumerated() {
        let count = min(steps, results[piece.stream].count - piece.first)
        for step in 0..<count {
          results[piece.stream][piece.first + step] = plan.output[slot * steps + step]
        }
      }
    }
    return results
  }

  /// Rows after the end of the stream stay what an earlier piece left there; no result that is used reads them.
  private func fill(_ slot: Int, _ streams: FeatureStreams, _ piece: (stream: Int, first: Int)) {
    let range = streams.ranges[piece.stream]
    let rows = geometry.rows + (steps - 1) * geometry.stride
    let first = range.lowerBound + geometry.start(ofWindow: piece.first)
    let count = min(rows, range.upperBound - first)
    let channels = FeatureStreams.channels
    plan.input.dequantize(
      streams.values, from: first * channels, count: count * channels, at: slot * rows * channels,
      scale: FeatureQuantization.scale, zeroPoint: FeatureQuantization.zeroPoint)
  }
}
