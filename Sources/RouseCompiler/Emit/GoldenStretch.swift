import RouseFormats
import RouseIR
import RouseRuntime

/// Chooses the golden vectors of a model: `steps` inferences from a fresh state whose outputs vary most.
///
/// Held-out clips are heard one after the other, spread over the whole part, to find the most confident inference; of
/// stretches that put it at different distances from their fresh start, the one with the most distinct outputs is taken,
/// then the one with the highest, then the earliest.
struct GoldenStretch {
  static let steps = 64
  /// Inferences that are searched.
  private static let searched = 1_000
  /// Inferences of a stretch before the most confident one.
  private static let leads = [63, 56, 48, 40, 32]

  private let graph: Graph
  /// Bytes of one inference.
  private let size: Int

  init(_ graph: Graph) {
    self.graph = graph
    size = graph[graph.inputs[0]].type.shape.count
  }

  /// - Parameter clips: device features, one entry for each clip, together at least one inference.
  func vectors(from clips: [[Int8]]) throws -> GoldenVectors {
    let rows = stream(clips)
    var interpreter = try Interpreter(graph)
    let probabilities = interpreter.runStream(rows)
    let peak = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    var best: (distinct: Int, highest: UInt8, vectors: GoldenVectors)?
    for lead in Self.leads {
      let start = min(max(0, peak - lead), probabilities.count - Self.steps)
      let stretch = Array(rows[start * size..<(start + Self.steps) * size])
      interpreter.reset()
      let outputs = interpreter.runStream(stretch)
      let (distinct, highest) = (Set(outputs).count, outputs.max() ?? 0)
      if let best, (best.distinct, best.highest) >= (distinct, highest) { continue }
      best = (distinct, highest, GoldenVectors(rows: stretch, probabilities: outputs))
    }
    guard let best else { preconditionFailure("there are leads to choose from") }
    return best.vectors
  }

  /// Clips spread evenly over all, as many as `searched` inferences take; repeated when there are too few rows.
  private func stream(_ clips: [[Int8]]) -> [Int8] {
    let wanted = Self.searched * size
    let total = clips.reduce(0) { $0 + $1.count }
    precondition(total >= size, "a run folder always has held-out features")
    let every = max(1, total / wanted)
    var rows: [Int8] = []
    for clip in stride(from: 0, to: clips.count, by: every) where rows.count < wanted {
      rows += clips[clip]
    }
    while rows.count < Self.steps * size { rows += clips.flatMap { $0 } }
    return Array(rows.prefix(max(wanted, Self.steps * size) / size * size))
  }
}
