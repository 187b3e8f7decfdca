import RouseNumerics

/// How the rows (axis 1) of an operator's results depend on the rows of its activation inputs.
///
/// `MakeStreaming` reads nothing else of an operator.
public enum TimeDependence: Hashable, Sendable {
  /// Result row `t` needs the input rows `t·stride ..< t·stride + rows`.
  case window(rows: Int, stride: Int)
  /// Result row `t` is a piece of input row `t`: what the result must remember, the input can remember instead.
  case sameRow
  /// Result row `t` is input row `t + rows`: the first rows are dropped. With negative `rows`, as many rows of the real
  /// value 0 stand before the input's, which is what every variable holds at first.
  case dropsLeading(rows: Int)
  /// The result has no time axis and needs all input rows.
  case allRows
  /// Neither the inputs nor the results have a time axis.
  case timeless
}

extension ConvolutionWindow {
  /// `window` for a kernel of `rows` rows; padding in time cannot be had one step at a time.
  func timeDependence(op: String, _ x: Shape, kernelH: Int) throws(GraphError) -> TimeDependence {
    let height = window(x, kernelH: kernelH, kernelW: 1).height
    guard height.before == 0 && height.after == 0 else {
      throw .cannotStream(
        node: op,
        reason: "it pads in time (\(height.before) + \(height.after) rows); use valid padding")
    }
    return .window(rows: height.span, stride: height.stride)
  }
}
