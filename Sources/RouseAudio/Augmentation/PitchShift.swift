import Glibc

/// `x` at another pitch and of the same length: every frequency times `2^(semitones / 12)`.
///
/// `TimeStretch` makes it longer by that factor and `SpeedChange` plays it faster by the same. Formants move with the pitch,
/// as with a smaller or larger speaker; the pace stays.
package enum PitchShift {
  package static let semitones: ClosedRange<Float> = -12...12

  /// - Precondition: `semitones` lies within an octave.
  package static func shifted(_ x: [Float], semitones: Float) -> [Float] {
    precondition(Self.semitones.contains(semitones))
    let factor = Float(exp2(Double(semitones) / 12))
    guard !x.isEmpty, factor != 1 else { return x }
    let longer = TimeStretch.stretched(x, to: Int((Double(x.count) * Double(factor)).rounded(.up)))
    return SpeedChange.applied(to: longer, factor: factor, count: x.count)
  }
}
