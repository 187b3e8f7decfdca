import RouseAudio
import RouseFrontEnd
import RouseNumerics

/// A part of a long recording that one thread turns into codes.
///
/// ```
/// samples  | settling rows | filling rows |          own rows          |
///          noise estimates   ring buffers     codes that count
///                          ^ entry                    exit ^ (filling rows of the next section begin)
/// ```
struct StreamSection: Sendable {
  /// All in feature rows but for `stepSamples`; own and filling rows are whole steps of the network, and there are more own
  /// rows than settling and filling ones together, and at least one settling row.
  struct Layout: Sendable {
    var stepSamples: Int
    var stride: Int
    var ownRows: Int
    var settlingRows: Int
    var fillingRows: Int

    /// Rows before a section's own.
    var leadingRows: Int { settlingRows + fillingRows }

    /// Samples until so many rows are finished.
    func samples(rows: Int) -> Int {
      rows == 0 ? 0 : (rows - 1) * stepSamples + MicroFrontEnd.windowSamples
    }
  }

  struct Hearing: Sendable {
    /// Noise estimates where the filling rows begin.
    var entry: [UInt32]
    /// The front end where the filling rows of the next section begin.
    var exit: MicroFrontEnd
    /// Of the own rows.
    var codes: [UInt8]
  }

  let layout: Layout
  /// The first section of a recording has neither settling nor filling rows.
  let isFirst: Bool
  let samples: [Int16]

  /// Samples that no earlier section has counted.
  var ownSamples: Int {
    isFirst ? samples.count : max(0, samples.count - layout.samples(rows: layout.leadingRows))
  }

  /// - Parameter before: the front end that the section before has left; nil to start a new one and let it settle.
  func hear(_ model: EvaluatedModel, after before: MicroFrontEnd?) -> Hearing {
    let settling = isFirst ? 0 : layout.settlingRows
    let filling = isFirst ? 0 : layout.fillingRows
    var frontEnd = before ?? MicroFrontEnd(stepMilliseconds: model.stepMilliseconds)
    var rows: [UInt16] = []
    var heard = min(samples.count, layout.samples(rows: settling))
    if before == nil { frontEnd.process(samples.span.extracting(0..<heard), into: &rows) }
    let entry = frontEnd.noiseEstimates
    rows.removeAll(keepingCapacity: true)

    func advance(toRow count: Int) {
      let end = min(samples.count, layout.samples(rows: count))
      frontEnd.process(samples.span.extracting(heard..<max(heard, end)), into: &rows)
      heard = max(heard, end)
    }
    advance(toRow: settling + filling + layout.ownRows - layout.fillingRows)
    let exit = frontEnd
    advance(toRow: settling + filling + layout.ownRows)

    var network = CodeRun(model)
    var codes: [UInt8] = []
    network.run(rows.map(FeatureQuantization.deviceInt8), into: &codes)
    codes.removeFirst(min(codes.count, filling / layout.stride))
    return Hearing(entry: entry, exit: exit, codes: codes)
  }
}

/// Cuts a recording into sections that overlap by what each hears first.
struct StreamSectionReader {
  private let layout: StreamSection.Layout
  private let next: () throws(AudioError) -> [Int16]?
  private var samples: [Int16] = []
  private var isFirst = true
  private var isAtEnd = false

  init(
    _ layout: StreamSection.Layout, _ next: @escaping () throws(AudioError) -> [Int16]?
  ) {
    self.layout = layout
    self.next = next
  }

  /// Up to `count` sections; none at the end.
  mutating func sections(_ count: Int) throws(AudioError) -> [StreamSection] {
    var result: [StreamSection] = []
    while result.count < count, let section = try section() { result.append(section) }
    return result
  }

  private mutating func section() throws(AudioError) -> StreamSection? {
    let leading = isFirst ? 0 : layout.leadingRows
    let wanted = layout.samples(rows: leading + layout.ownRows)
    while !isAtEnd, samples.count < wanted {
      guard let block = try next() else {
        isAtEnd = true
        break
      }
      samples += block
    }
    guard samples.count >= layout.samples(rows: leading + 1) else { return nil }
    let section = StreamSection(
      layout: layout, isFirst: isFirst, samples: Array(samples.prefix(wanted)))
    // The next section begins `leadingRows` before its own rows, which follow these.
    let kept = (leading + layout.ownRows - layout.leadingRows) * layout.stepSamples
    samples.removeFirst(min(samples.count, max(0, kept)))
    isFirst = false
    return section
  }
}
