/// `2^21 · (x/128 + 80)^−0.95`, the gain of per-channel automatic gain control at noise estimate `x`, as one parabola
/// between each two powers of two.
///
/// Frozen for the same reason as `HannWindow`; the original uses `powf`, whose last bit differs between C libraries.
///
/// - Source: TensorFlow `microfrontend/lib/pcan_gain_control_util.c`: strength 0.95, offset 80, 21 gain bits, and 7 input
///   bits (10 smoothing bits less 3 correction bits).
package enum GainTable {
  /// The parabola `start + slope·t + curve·t²`, `t` in `0..<1`, through the gain at both ends and in the middle.
  package struct Segment: Sendable {
    package var start: Int32
    package var slope: Int32
    package var curve: Int32

    init(_ start: Int32, _ slope: Int32, _ curve: Int32) {
      self.start = start
      self.slope = slope
      self.curve = curve
    }
  }

  /// Gain of estimates 0 and 1, which have no segment.
  package static let first: [Int32] = [32636, 32633]

  /// The segment of estimates `2^(n+1)..<2^(n+2)` is `segments[n]`.
  package static let segments: [Segment] = [
    Segment(32630, -6, 0), Segment(32624, -12, 0), Segment(32612, -23, -2), Segment(32587, -48, 0),
    Segment(32539, -96, 0), Segment(32443, -190, 0), Segment(32253, -378, 4),
    Segment(31879, -739, 18), Segment(31158, -1409, 62), Segment(29811, -2567, 202),
    Segment(27446, -4301, 562), Segment(23707, -6265, 1230), Segment(18672, -7458, 1952),
    Segment(13166, -7030, 2212), Segment(8348, -5342, 1868), Segment(4874, -3459, 1282),
    Segment(2697, -2025, 774), Segment(1446, -1120, 436), Segment(762, -596, 232),
    Segment(398, -313, 122), Segment(207, -164, 64), Segment(107, -85, 34), Segment(56, -45, 18),
    Segment(29, -22, 8), Segment(15, -13, 6), Segment(8, -8, 4), Segment(4, -2, 0),
    Segment(2, -3, 2), Segment(1, 0, 0), Segment(1, -3, 2), Segment(0, 0, 0),
  ]
}
