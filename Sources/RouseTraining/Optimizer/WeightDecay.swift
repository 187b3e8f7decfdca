import RouseNumerics

/// `w −= rate · decay · w` for weights, before Adam moves them: what AdamW adds to Adam.
///
/// Scales of batch normalization and biases, which have one dimension, are left alone.
///
/// - Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2.
struct WeightDecay {
  private let ranges: [Range<Int>]
  private let decay: Double

  init(_ layout: ParameterLayout, decay: Double) {
    self.decay = decay
    ranges =
      decay == 0
      ? []
      : layout.entries.filter { $0.isTrainable && $0.shape.rank > 1 }.map {
        $0.offset..<$0.offset + $0.shape.count
      }
  }

  func apply(to values: FloatView, rate: Double) {
    let factor = Float(1 - rate * decay)
    for range in ranges { values.scale(range, by: factor) }
  }
}
