/// SplitMix64: a seeded generator whose stream depends on nothing but the seed.
///
/// - Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
public struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
  /// The whole state; storing and restoring it resumes the stream.
  public private(set) var state: UInt64

  public init(seed: UInt64) { state = seed }
  public init(state: UInt64) { self.state = state }

  /// An independent stream for the item numbered `index`, whatever was drawn before or on which thread.
  public init(seed: UInt64, stream index: UInt64) {
    var mixer = SeededGenerator(seed: seed ^ (index &* 0xD1B5_4A32_D192_ED03))
    state = mixer.next() &+ index
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in `[0, 1)`, 24 random bits: exact in `Float`.
  public mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in `[low, high)`.
  public mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

  /// Uniform in `0..<bound` by multiplication; the bias is below `bound / 2^32`.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0 && bound <= Int(UInt32.max))
    return Int((UInt64(bound) &* (next() >> 32)) >> 32)
  }
}
