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

  /// Samples from the next row's window on, `filled` of them; room for as many windows as one call of the kernel takes.
  private var samples: [Int16]
  private var filled = 0
  /// The noise estimate of every channel.
  private var estimates: [UInt32]
  /// Energies of the channels and bits of scaling, of the windows being computed.
  private var sums: [UInt64]
  private var shifts: [UInt32]
  /// The rows being computed.
  private var rows: [UInt16]
  private let tables: MicroFrontEndTables

  /// - Precondition: `stepMilliseconds` is one of `supportedStepMilliseconds`.
  public init(stepMilliseconds: Int = 10) {
    precondition(Self.supportedStepMilliseconds.contains(stepMilliseconds), "unsupported step")
    self.stepMilliseconds = stepMilliseconds
    let step = stepMilliseconds * Self.sampleRate / 1000
    let windows = MelEnergyKernel.windows
    samples = [Int16](repeating: 0, count: Self.windowSamples + (windows - 1) * step)
    estimates = [UInt32](repeating: 0, count: Self.channels)
    sums = [UInt64](repeating: 0, count: windows * Self.channels)
    shifts = [UInt32](repeating: 0, count: windows)
    rows = [UInt16](repeating: 0, count: windows * Self.channels)
    tables = .shared
  }

  /// Forgets all samples and noise estimates: the next row is that of a new front-end.
  public mutating func reset() {
    filled = 0
    for channel in estimates.indices { estimates[channel] = 0 }
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
      compute(windows)
      rows += self.rows[..<(windows * Self.channels)]
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

// MARK: - Rows

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

  /// Sets the first `count` rows.
  private mutating func compute(_ count: Int) {
    Self.energies(samples, step: stepSamples, count: count, &sums, &shifts, tables.kernel)
    for index in 0..<count {
      let first = index * Self.channels
      Self.applyChannels(
        sums, from: first, shift: shifts[index], &estimates, &rows, tables)
    }
  }

  /// One parameter per buffer: spans of several properties of `self` would count as overlapping accesses.
  private static func energies(
    _ samples: [Int16], step: Int, count: Int, _ sums: inout [UInt64], _ shifts: inout [UInt32],
    _ kernel: MelEnergyKernel
  ) {
    var sums = sums.mutableSpan
    var shifts = shifts.mutableSpan
    kernel.compute(samples.span, step: step, count: count, sums: &sums, shifts: &shifts)
  }

  /// From the energies of the channels to the 40 numbers of the row, both from element `first` on.
  private static func applyChannels(
    _ sums: [UInt64], from first: Int, shift: UInt32, _ estimates: inout [UInt32],
    _ rows: inout [UInt16], _ tables: MicroFrontEndTables
  ) {
    let sums = sums.span
    var estimates = estimates.mutableSpan
    var rows = rows.mutableSpan
    let gainFirst = tables.gainFirst.span
    let gainSegments = tables.gainSegments.span
    let corrections = tables.logCorrections.span
    for channel in 0..<channels {
      var signal = roundedSquareRoot(sums[first + channel]) &>> shift
      signal = NoiseReduction.reduce(signal, estimate: &estimates[channel], channel: channel)
      let gain = GainControl.gain(estimates[channel], first: gainFirst, segments: gainSegments)
      signal = GainControl.apply(signal, gain: gain)
      rows[first + channel] = LogScale.apply(signal, corrections: corrections)
    }
  }
}

/// The frozen tables, held by every front-end so that no row looks up a global.
struct MicroFrontEndTables: Sendable {
  static let shared = MicroFrontEndTables()

  let kernel = MelEnergyKernel(
    window: HannWindow.coefficients,
    factors: (0...384).flatMap { [QuarterWave.cosine($0), -QuarterWave.sine($0)] },
    weights: MelWeights.weights, bands: MelWeights.bandStarts)
  let gainFirst = GainTable.first
  let gainSegments = GainTable.segments
  let logCorrections = LogTable.corrections
}
