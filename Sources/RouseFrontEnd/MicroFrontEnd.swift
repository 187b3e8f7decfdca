import Glibc
import RouseNumerics

/// The audio front-end of TFLite Micro's speech models, as ESPHome sets it: 16 kHz samples in, 40 numbers per step out.
///
/// Window of 30 ms -> 512-point transform -> 40 mel channels of energy -> square root -> noise reduction -> gain control ->
/// `64 · ln`. Everything is integer arithmetic on frozen tables, so the rows are the device's bits on every machine.
///
/// ```swift
/// var frontEnd = MicroFrontEnd()
/// var rows: [UInt16] = []
/// frontEnd.process(samples.span, into: &rows)   // appends 40 numbers per finished step
/// ```
/// Rows do not depend on how the samples are cut into calls. Noise estimates and the window's overlap carry over until
/// `reset()`; a device never resets between utterances.
///
/// - Source: TensorFlow `lite/experimental/microfrontend/lib` at the settings of ESPHome
///   `micro_wake_word/preprocessor_settings.h`. pymicro-features 2.0.2 gives the same numbers at 10 ms.
public struct MicroFrontEnd: Sendable {
  public static let sampleRate = 16_000
  public static let channels = 40
  /// 30 ms.
  public static let windowSamples = 480
  /// The steps that ESPHome models use: 10 ms, and 20 ms for models of manifest version 1.
  public static let supportedStepMilliseconds = [10, 20]

  public let stepMilliseconds: Int
  public var stepSamples: Int { stepMilliseconds * Self.sampleRate / 1000 }
  /// All that a row depends on besides the samples of its own window.
  package var noiseEstimates: [UInt32] { kernel.estimates }

  /// Samples from the next row's window on, `filled` of them; room for as many windows as one call of the kernel takes.
  private var samples: [Int16]
  private var filled = 0
  private var kernel: FrontEndKernel

  /// - Precondition: `stepMilliseconds` is one of `supportedStepMilliseconds`.
  public init(stepMilliseconds: Int = 10) {
    precondition(Self.supportedStepMilliseconds.contains(stepMilliseconds), "unsupported step")
    self.stepMilliseconds = stepMilliseconds
    let step = stepMilliseconds * Self.sampleRate / 1000
    let windows = FrontEndKernel.windows
    samples = [Int16](repeating: 0, count: Self.windowSamples + (windows - 1) * step)
    kernel = FrontEndKernel(MicroFrontEndTables.shared)
  }

  /// Forgets all samples and noise estimates: the next row is that of a new front-end.
  public mutating func reset() {
    filled = 0
    kernel.reset()
  }

  /// Takes `samples` in and appends a row of 40 numbers to `rows` for every step they finish.
  public mutating func process(_ samples: Span<Int16>, into rows: inout [UInt16]) {
    var used = 0
    while used < samples.count {
      let count = min(self.samples.count - filled, samples.count - used)
      copy(samples.extracting(used..<used + count))
      used += count
      let windows = Self.frames(samples: filled, stepMilliseconds: stepMilliseconds)
      guard windows > 0 else { continue }
      kernel.appendRows(self.samples, step: stepSamples, count: windows, to: &rows)
      dropSteps(windows)
    }
  }

  public mutating func process(_ samples: [Int16], into rows: inout [UInt16]) {
    process(samples.span, into: &rows)
  }

  /// The number of rows that `count` samples give from a fresh start: 0 below one window, then one more per step.
  public static func frames(samples count: Int, stepMilliseconds: Int = 10) -> Int {
    let step = stepMilliseconds * sampleRate / 1000
    return count < windowSamples ? 0 : (count - windowSamples) / step + 1
  }

  /// All rows of one recording, from a fresh start. Samples after the last whole step are dropped.
  public static func features(of samples: [Int16], stepMilliseconds: Int = 10) -> FeatureMatrix {
    var frontEnd = MicroFrontEnd(stepMilliseconds: stepMilliseconds)
    var rows: [UInt16] = []
    rows.reserveCapacity(
      frames(samples: samples.count, stepMilliseconds: stepMilliseconds) * channels)
    frontEnd.process(samples.span, into: &rows)
    return FeatureMatrix(values: rows)
  }
}

// MARK: - Samples

extension MicroFrontEnd {
  /// Puts `new` behind the samples that are there.
  private mutating func copy(_ new: Span<Int16>) {
    precondition(filled + new.count <= samples.count)
    samples.withUnsafeMutableBytes { target in
      new.bytes.withUnsafeBytes { source in
        guard let to = target.baseAddress, let from = source.baseAddress else { return }
        memcpy(to + filled * 2, from, source.count)
      }
    }
    filled += new.count
  }

  /// Moves on by `count` steps.
  private mutating func dropSteps(_ count: Int) {
    let dropped = count * stepSamples
    samples.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      memmove(start, start + dropped * 2, (filled - dropped) * 2)
    }
    filled -= dropped
  }
}

/// The frozen tables, made once.
enum MicroFrontEndTables {
  static let shared = FrontEndKernel.Tables(
    window: HannWindow.coefficients,
    factors: (0...384).flatMap { [QuarterWave.cosine($0), -QuarterWave.sine($0)] },
    weights: MelWeights.weights, bands: MelWeights.bandStarts, gainFirst: GainTable.first,
    gainSegments: GainTable.segments.flatMap { [$0.start, $0.slope, $0.curve] },
    logCorrections: LogTable.corrections)
}
