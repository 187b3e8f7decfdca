import RouseNumerics

/// How far the averaged weights of two checkpoints are apart, parameter by parameter.
public struct CheckpointComparison: Hashable, Sendable {
  public struct Layer: Hashable, Sendable {
    public var name: String
    public var count: Int
    /// Euclidean length of the first one's weights.
    public var norm: Double
    /// Euclidean length of the difference.
    public var distance: Double

    /// `distance / norm`; nil where the first one's weights are all 0.
    public var relative: Double? { norm > 0 ? distance / norm : nil }
  }

  public var layers: [Layer]

  /// Over all layers.
  public var total: Layer {
    func length(_ part: (Layer) -> Double) -> Double {
      layers.reduce(0) { $0 + part($1) * part($1) }.squareRoot()
    }
    return Layer(
      name: "all", count: layers.reduce(0) { $0 + $1.count }, norm: length(\.norm),
      distance: length(\.distance))
  }
}

extension RunFolder {
  /// - Throws: `.noCheckpoint`, and `.otherNetwork` when the two are not of one network.
  public func compareCheckpoints(
    _ a: Int, _ b: Int
  ) throws(TrainingError) -> CheckpointComparison {
    let (first, second) = (try checkpoint(step: a), try checkpoint(step: b))
    let layout = first.layout
    if let difference = layout.firstDifference(from: second.layout) {
      throw .otherNetwork(
        preset: "step \(a)", expected: difference.expected, found: difference.found)
    }
    return CheckpointComparison(
      layers: layout.entries.map { entry in
        let x = layout.view(entry, of: first.state.average).values
        let y = layout.view(entry, of: second.state.average).values
        let squares = zip(x, y).reduce(into: (norm: 0.0, distance: 0.0)) { sums, pair in
          sums.norm += Double(pair.0) * Double(pair.0)
          sums.distance += (Double(pair.1) - Double(pair.0)) * (Double(pair.1) - Double(pair.0))
        }
        return CheckpointComparison.Layer(
          name: entry.name, count: x.count, norm: squares.norm.squareRoot(),
          distance: squares.distance.squareRoot())
      })
  }
}
