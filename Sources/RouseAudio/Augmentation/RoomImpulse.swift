import RouseNumerics

/// What a room does to a sound: the response at the microphone to one click at the speaker.
package struct RoomImpulse: Sendable {
  /// Position of the direct sound in the response: its largest sample.
  package let directIndex: Int
  private let convolver: Convolver

  /// Nil when the response is empty or silent: there is no direct sound to align.
  package init?(_ response: [Float]) {
    var direct = 0
    var peak: Float = 0
    for (index, value) in response.enumerated() where abs(value) > peak {
      peak = abs(value)
      direct = index
    }
    guard peak > 0, peak.isFinite else { return nil }
    directIndex = direct
    // Level is decided per clip; a direct sound of 1 keeps the numbers of any recording near those of the clip.
    convolver = Convolver(response.map { $0 / peak })
  }

  /// `x` heard in the room, as long as `x`.
  ///
  /// The direct sound stays where it was in `x`, so bounds of a word found before remain true; what precedes it in the
  /// response is kept. With `preservingLevel` the active part has the power it had before (`Level.activePower`), else the
  /// direct sound has the amplitude it had.
  package func applied(
    to x: [Float], preservingLevel: Bool = true, sampleRate: Int = AudioClip.standardSampleRate
  ) -> [Float] {
    guard !x.isEmpty else { return [] }
    var wet = convolver.convolve(x, directIndex..<directIndex + x.count)
    guard preservingLevel else { return wet }
    let before = Level.activePower(x, sampleRate: sampleRate)
    let after = Level.activePower(wet, sampleRate: sampleRate)
    guard before > 0, after > 0 else { return wet }
    AudioKernels.scale(&wet, by: Float((before / after).squareRoot()))
    return wet
  }
}
