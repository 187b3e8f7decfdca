import RouseIR
import RouseNumerics
import RouseRuntime

/// The range and the mean of each channel (last axis) of some values of a streaming network.
struct ChannelStatistics {
  private(set) var low: [String: [Float]] = [:]
  private(set) var high: [String: [Float]] = [:]
  private var sums: [String: [Double]] = [:]
  private var rows: [String: Int] = [:]

  /// - Parameters:
  ///   - names: which values are observed.
  ///   - fill: as in `FloatStreams.run`.
  ///   - needsMeans: also add up the channels.
  init(
    of names: [String], in network: FloatStreams, needsMeans: Bool = false,
    fill: (_ stream: Int, _ start: Int, _ count: Int, _ input: FloatView) -> Void
  ) throws(GraphError) {
    var observed: [Observed] = []
    for name in names {
      guard let place = network.place(of: name) else { throw .notCalibrated(value: name) }
      observed.append(
        Observed(view: place.view, narrowRows: place.narrowRows, channels: place.channels))
    }
    try network.run(fill: fill) { block in
      for index in observed.indices { observed[index].add(block, network.blocks, needsMeans) }
    }
    for (name, value) in zip(names, observed) {
      low[name] = value.low
      high[name] = value.high
      sums[name] = value.sums
      rows[name] = value.rows
    }
  }

  /// By name and channel; nothing for values that were never computed.
  var ranges: [String: [ValueRange]] {
    low.reduce(into: [:]) { ranges, entry in
      let (name, lows) = entry
      guard rows[name, default: 0] > 0 else { return }
      ranges[name] = zip(lows, high[name] ?? lows).map { low, high in
        // A channel of NaN alone has no range.
        low <= high ? ValueRange(low: low, high: high) : ValueRange(low: 0, high: 0)
      }
    }
  }

  func means(of name: String) -> [Double]? {
    guard let sums = sums[name], let count = rows[name], count > 0 else { return nil }
    return sums.map { $0 / Double(count) }
  }

  private struct Observed {
    let view: FloatView
    let narrowRows: Int
    let channels: Int
    var low: [Float]
    var high: [Float]
    var sums: [Double]
    var rows = 0

    init(view: FloatView, narrowRows: Int, channels: Int) {
      self.view = view
      self.narrowRows = narrowRows
      self.channels = channels
      low = Array(repeating: .infinity, count: channels)
      high = Array(repeating: -.infinity, count: channels)
      sums = Array(repeating: 0, count: channels)
    }

    mutating func add(_ block: StreamBlocks.Block, _ blocks: StreamBlocks, _ needsMeans: Bool) {
      let used = blocks.usedRows(block, narrow: narrowRows, wide: view.count / channels)
      view.widen(&low, &high, rows: used)
      if needsMeans { view.addRows(to: &sums, rows: used) }
      rows += used
    }
  }
}
