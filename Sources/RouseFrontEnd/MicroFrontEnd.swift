import Glibc

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

  /// The last samples, `filled` of `windowSamples`.
  private var window: [Int16]
  private var filled = 0
  /// The noise estimate of every channel.
  private var estimates: [UInt32]
  private var fourier = RealFFT512()
  private var filterbank = MelFilterbank()
  /// The row being computed.
  private var row: [UInt16]
  private let tables: MicroFrontEndTables

  /// - Precondition: `stepMilliseconds` is one of `supportedStepMilliseconds`.
  public init(stepMilliseconds: Int = 10) {
    precondition(Self.supportedStepMilliseconds.contains(stepMilliseconds), "unsupported step")
    self.stepMilliseconds = stepMilliseconds
    window = [Int16](repeating: 0, count: Self.windowSamples)
    estimates = [UInt32](repeating: 0, count: Self.channels)
    row = [UInt16](repeating: 0, count: Self.channels)
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
      let count = min(Self.windowSamples - filled, samples.count - used)
      copy(samples.extracting(used..<used + count))
      filled += count
      used += count
      if filled == Self.windowSamples {
        computeRow()
        rows += row
        dropStep()
      }
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

// MARK: - One row

extension MicroFrontEnd {
  /// Puts `samples` behind those of the window.
  private mutating func copy(_ samples: Span<Int16>) {
    precondition(filled + samples.count <= Self.windowSamples)
    window.withUnsafeMutableBytes { target in
      samples.bytes.withUnsafeBytes { source in
        guard let to = target.baseAddress, let from = source.baseAddress else { return }
        memcpy(to + filled * 2, from, source.count)
      }
    }
  }

  /// Moves the window on by one step.
  private mutating func dropStep() {
    let kept = Self.windowSamples - stepSamples
    window.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      memmove(start, start + (Self.windowSamples - kept) * 2, kept * 2)
    }
    filled = kept
  }

  private mutating func computeRow() {
    let shift = Self.applyWindow(window, &fourier.even, &fourier.odd, tables)
    fourier.transform()
    filterbank.apply(to: fourier.energies)
    Self.applyChannels(filterbank.sums, shift: shift, &estimates, &row, tables)
  }

  /// Multiplies the samples by the window and scales them up until the largest uses all 15 bits.
  ///
  /// - Returns: the bits of scaling, which the square root takes back.
  private static func applyWindow(
    _ samples: [Int16], _ even: inout [SIMD8<Int16>], _ odd: inout [SIMD8<Int16>],
    _ tables: MicroFrontEndTables
  ) -> UInt32 {
    typealias Lanes = SIMD8<Int16>
    let samples = samples.span.bytes
    var even = even.mutableSpan
    var odd = odd.mutableSpan
    let evenWindow = tables.evenWindow.span
    let oddWindow = tables.oddWindow.span
    let vectors = windowSamples / 16
    var largest = Lanes.zero
    for index in 0..<vectors {
      let low = lanes(samples, index * 16)
      let high = lanes(samples, index * 16 + 8)
      let a = windowed(Lanes(lowHalf: low.evenHalf, highHalf: high.evenHalf), evenWindow[index])
      let b = windowed(Lanes(lowHalf: low.oddHalf, highHalf: high.oddHalf), oddWindow[index])
      even[index] = a
      odd[index] = b
      // −32768 stays negative and is never the largest, as in the original.
      largest = pointwiseMax(largest, pointwiseMax(a, .zero &- a))
      largest = pointwiseMax(largest, pointwiseMax(b, .zero &- b))
    }
    let shift = UInt32(largest.max()).leadingZeroBitCount - 17
    let scale = Lanes(repeating: Int16(truncatingIfNeeded: 1 << shift))
    for index in 0..<vectors {
      even[index] = even[index] &* scale
      odd[index] = odd[index] &* scale
    }
    for index in vectors..<RealFFT512.vectors {
      even[index] = .zero
      odd[index] = .zero
    }
    return UInt32(shift)
  }

  @inline(__always)
  private static func windowed(
    _ samples: SIMD8<Int16>, _ coefficients: SIMD8<Int16>
  ) -> SIMD8<Int16> {
    narrow((wide(samples) &* wide(coefficients)) &>> HannWindow.fractionalBits)
  }

  /// From the energies of the channels to the 40 numbers of the row.
  private static func applyChannels(
    _ sums: [UInt64], shift: UInt32, _ estimates: inout [UInt32], _ row: inout [UInt16],
    _ tables: MicroFrontEndTables
  ) {
    let sums = sums.span
    var estimates = estimates.mutableSpan
    var row = row.mutableSpan
    let gainFirst = tables.gainFirst.span
    let gainSegments = tables.gainSegments.span
    let corrections = tables.logCorrections.span
    for channel in 0..<channels {
      var signal = roundedSquareRoot(sums[channel]) &>> shift
      signal = NoiseReduction.reduce(signal, estimate: &estimates[channel], channel: channel)
      let gain = GainControl.gain(estimates[channel], first: gainFirst, segments: gainSegments)
      signal = GainControl.apply(signal, gain: gain)
      row[channel] = LogScale.apply(signal, corrections: corrections)
    }
  }
}

/// The frozen tables, held by every front-end so that no row looks up a global.
struct MicroFrontEndTables: Sendable {
  static let shared = MicroFrontEndTables()

  /// The window at even and at odd samples.
  let evenWindow: [SIMD8<Int16>]
  let oddWindow: [SIMD8<Int16>]
  let gainFirst = GainTable.first
  let gainSegments = GainTable.segments
  let logCorrections = LogTable.corrections

  init() {
    func vectors(_ offset: Int) -> [SIMD8<Int16>] {
      (0..<MicroFrontEnd.windowSamples / 16).map { index in
        var vector = SIMD8<Int16>.zero
        for lane in 0..<8 {
          vector[lane] = HannWindow.coefficients[index * 16 + lane * 2 + offset]
        }
        return vector
      }
    }
    evenWindow = vectors(0)
    oddWindow = vectors(1)
  }
}
