import RouseNumerics

/// One channel of sound: `samples` in `[-1, 1]` at `sampleRate` hertz.
///
/// Lossy decoders and resampling overshoot `[-1, 1]` slightly; such samples are kept and saturate only when they become
/// 16-bit numbers.
public struct AudioClip: Hashable, Sendable {
  /// What every feature extractor of this project expects.
  public static let standardSampleRate = 16_000

  public var samples: [Float]
  public var sampleRate: Int

  public init(samples: [Float], sampleRate: Int = standardSampleRate) {
    precondition(sampleRate > 0)
    self.samples = samples
    self.sampleRate = sampleRate
  }

  /// `x = i / 32768`: exact, so 16-bit numbers survive `AudioClip(int16:)` and back.
  public init(int16 samples: [Int16], sampleRate: Int = standardSampleRate) {
    self.init(samples: samples.map { Float($0) / 32768 }, sampleRate: sampleRate)
  }

  /// `samples` as 16-bit numbers.
  public var int16: [Int16] { AudioKernels.int16(samples) }

  public var seconds: Double { Double(samples.count) / Double(sampleRate) }

  /// `round(32768 · x)`, half to even, saturated to `-32768...32767`; a NaN becomes 0.
  @inline(__always)
  public static func int16(_ x: Float) -> Int16 {
    let scaled = (x * 32768).rounded(.toNearestOrEven)
    if scaled >= 32767 { return 32767 }
    if scaled <= -32768 { return -32768 }
    return scaled.isNaN ? 0 : Int16(scaled)
  }
}
