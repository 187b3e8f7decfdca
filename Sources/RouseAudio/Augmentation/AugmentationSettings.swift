/// How clips are varied. Probabilities in `0...1`; a value is drawn evenly from its range each time.
package struct AugmentationSettings: Hashable, Sendable {
  // MARK: - The speaker

  /// Speed and pitch together, see `SpeedChange`.
  package var speedProbability: Float = 0
  package var speed: ClosedRange<Float> = 0.9...1.1
  /// Pace without pitch, see `TimeStretch`: the factor by which the clip becomes longer.
  package var stretchProbability: Float = 0
  package var stretch: ClosedRange<Float> = 0.85...1.2
  /// Pitch without pace, see `PitchShift`.
  package var pitchProbability: Float = 0
  package var pitchSemitones: ClosedRange<Float> = -3...3
  /// Milliseconds by which the clip moves to later times.
  package var shiftMilliseconds: ClosedRange<Float> = 0...0

  // MARK: - The room

  package var roomProbability: Float = 0.5
  package var noiseProbability: Float = 0.75
  package var snrDecibels: ClosedRange<Float> = -5...40
  /// Share of noisy clips whose noise is coloured noise instead of a recording; all of them without recordings.
  package var colouredNoiseShare: Float = 0.25
  /// Coloured noise besides, as of a fan or of the device itself.
  package var hissProbability: Float = 0
  package var hissDecibels: ClosedRange<Float> = 10...30

  // MARK: - The microphone

  /// See `Equaliser`.
  package var equaliserProbability: Float = 0
  package var equaliserDecibels: ClosedRange<Float> = -6...6
  /// See `BandStop`.
  package var bandStopProbability: Float = 0
  /// See `SoftClipping`.
  package var softClipProbability: Float = 0
  package var softClipDrive: ClosedRange<Float> = 0.5...4

  // MARK: - The level

  package var gainDecibels: ClosedRange<Float> = -30...6
  /// Instead of the gain: the largest sample at this many decibels relative to full scale; above 0 it clips. The
  /// gain is at most 40 dB.
  package var fullScaleProbability: Float = 0
  package var fullScaleDecibels: ClosedRange<Float> = -1...6

  package init() {}
}
