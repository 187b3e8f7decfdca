/// Where training windows lie in a stream of feature rows.
///
/// The streaming model makes its step `k` when it has consumed rows `[s·k, s·k + s)`; its first convolution then sees
/// the `kernel` rows that end there. A window of the training graph computes the same numbers only if it begins at one of
/// those places: at a row that is `phase` modulo the stride.
package struct WindowGeometry: Hashable, Sendable {
  package let rows: Int
  /// Rows that the network really reads: strides may leave some at the end out.
  package let usedRows: Int
  package let stride: Int
  package let phase: Int
  package let stepSamples: Int

  package init(_ preset: Preset) {
    let architecture = preset.architecture
    rows = preset.windowRows
    stride = architecture.stride
    phase = architecture.windowPhase
    usedRows = architecture.usedRows(windowRows: rows)
    stepSamples = preset.stepMilliseconds * Architecture.samplesPerMillisecond
  }

  /// The aligned window whose last row that is read ends nearest to `sample`: its first row, which may be negative.
  package func start(endingAt sample: Int) -> Int {
    let lastRow = Double(sample - Architecture.windowSamples) / Double(stepSamples)
    let first = lastRow - Double(usedRows - 1)
    return Int(((first - Double(phase)) / Double(stride)).rounded()) * stride + phase
  }

  /// The sample at which a window's last row that is read ends.
  package func end(start: Int) -> Int {
    (start + usedRows - 1) * stepSamples + Architecture.windowSamples
  }

  /// Number of aligned windows in a stream of `count` rows.
  package func windows(inRows count: Int) -> Int {
    count < phase + rows ? 0 : (count - phase - rows) / stride + 1
  }

  /// First row of window `index` of a stream.
  package func start(ofWindow index: Int) -> Int { phase + index * stride }
}
