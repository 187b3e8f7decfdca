import RouseNumerics

/// Parts of a window that a training step does not get to see: whole rows for a while, and whole bands.
///
/// A mask's width is drawn from 0 to the most that is allowed, then its place. What is masked is 0, what a silent
/// microphone gives (−128 on the device), so the network learns to do without it.
///
/// - Source: Park et al., "SpecAugment", Interspeech 2019, without the time warp.
public struct SpectrumMasks: Hashable, Sendable {
  public var timeMasks = 0
  /// The longest time mask, in feature rows.
  public var timeMaskRows = 0
  public var frequencyMasks = 0
  /// The widest frequency mask, in bands.
  public var frequencyMaskBands = 0

  public init(
    timeMasks: Int = 0, timeMaskRows: Int = 0, frequencyMasks: Int = 0, frequencyMaskBands: Int = 0
  ) {
    self.timeMasks = timeMasks
    self.timeMaskRows = timeMaskRows
    self.frequencyMasks = frequencyMasks
    self.frequencyMaskBands = frequencyMaskBands
  }

  var isEmpty: Bool {
    (timeMasks == 0 || timeMaskRows == 0) && (frequencyMasks == 0 || frequencyMaskBands == 0)
  }

  /// Masks every example of `input` `[batch, rows, bands]`.
  ///
  /// The masks of example `i` of step `s` depend on the seed, `s` and `i` alone.
  package func apply(to input: FloatView, seed: UInt64, step: Int, shards: Shards) {
    if isEmpty { return }
    let (rows, bands) = (input.shape[1], input.shape[2])
    let stepSeed = StepGenerator.masks.seed(seed, step)
    shards.forEach({ _, examples in
      for example in examples {
        var generator = SeededGenerator(seed: stepSeed, stream: UInt64(example))
        let first = example * rows * bands
        for _ in 0..<timeMasks {
          let masked = Self.draw(atMost: timeMaskRows, of: rows, &generator)
          input.clear(
            first + masked.lowerBound * bands..<first + masked.upperBound * bands)
        }
        for _ in 0..<frequencyMasks {
          let masked = Self.draw(atMost: frequencyMaskBands, of: bands, &generator)
          for row in 0..<rows {
            let start = first + row * bands
            input.clear(start + masked.lowerBound..<start + masked.upperBound)
          }
        }
      }
    })
  }

  private static func draw(
    atMost most: Int, of extent: Int, _ generator: inout SeededGenerator
  ) -> Range<Int> {
    let width = min(generator.below(most + 1), extent)
    let start = generator.below(extent - width + 1)
    return start..<start + width
  }
}

/// Random numbers that the optimizer draws for a step, apart from those of `FeatureBank.GeneratorStream`.
enum StepGenerator: UInt64 {
  case masks = 0x100_0000_0000
  case dropout = 0x200_0000_0000

  /// The seed from which each example's numbers are drawn.
  func seed(_ seed: UInt64, _ step: Int) -> UInt64 {
    SeededGenerator(seed: seed, stream: rawValue + UInt64(step)).state
  }
}
