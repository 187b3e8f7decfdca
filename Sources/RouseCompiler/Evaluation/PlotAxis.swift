import Glibc

/// Where a value lies on a plot, and which values are named.
struct PlotAxis {
  enum Scale {
    case linear
    /// `log10`
    case logarithmic
    /// The deviate of the normal distribution: normal scores give straight lines.
    case normal
  }

  var title: String
  var scale: Scale
  var range: ClosedRange<Double>
  var ticks: [(value: Double, label: String)]

  /// 0 at the lower end, 1 at the upper; values outside lie on the edge.
  func place(_ value: Double) -> Double {
    let inside = min(max(value, range.lowerBound), range.upperBound)
    let (low, high) = (scaled(range.lowerBound), scaled(range.upperBound))
    return (scaled(inside) - low) / (high - low)
  }

  private func scaled(_ value: Double) -> Double {
    switch scale {
    case .linear: value
    case .logarithmic: log10(value)
    case .normal: Self.deviate(value)
    }
  }

  /// `z` with `Φ(z) = share`, by bisection of `erfc`.
  ///
  /// - Precondition: `0 < share < 1`.
  static func deviate(_ share: Double) -> Double {
    var (low, high) = (-9.0, 9.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if erfc(-middle / 2.0.squareRoot()) / 2 < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// Shares from 0.1 % to 99 % for the two axes of a detection error trade-off.
  static func deviates(_ title: String) -> PlotAxis {
    PlotAxis(
      title: title, scale: .normal, range: 0.001...0.9,
      ticks: [
        (0.001, "0.1 %"), (0.005, "0.5 %"), (0.02, "2 %"), (0.05, "5 %"), (0.1, "10 %"),
        (0.2, "20 %"), (0.4, "40 %"), (0.6, "60 %"), (0.8, "80 %"),
      ])
  }

  /// Shares of clips from 0 to 1.
  static func shares(_ title: String) -> PlotAxis {
    PlotAxis(
      title: title, scale: .linear, range: 0...1,
      ticks: (0...5).map { (Double($0) / 5, "\($0 * 20) %") })
  }
}
