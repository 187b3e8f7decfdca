import RouseNumerics

/// Asks a teacher about every window of every stream of a bank.
package final class TeacherRun {
  private enum Kind {
    case network(StreamScanner)
    case listener(TeacherListener)
    case scores([Float])
  }

  private let kind: Kind
  private let steps: TeacherSteps
  private let geometry: WindowGeometry
  private let threads: Int

  /// Streams that are asked about at a time: a second of work at most, and little memory.
  private static let streamsAtOnce = 256

  /// - Parameters:
  ///   - preset: the student's.
  ///   - maker: of the banks.
  /// - Throws: `.teacherWindow` when what the teacher hears begins before the streams with the word do.
  convenience init(
    _ teacher: Teacher, _ preset: Preset, _ maker: BankMaker, threads: Int
  ) throws(TrainingError) {
    if case .scores(let scores) = teacher {
      self.init(scores: maker.positiveRecordings.map { scores[$0] ?? .nan }, preset)
      return
    }
    try self.init(teacher, preset, threads: threads)
    guard steps.first < maker.rowsBeforeWordEnd else {
      throw .teacherWindow(rows: steps.first + 1, most: maker.rowsBeforeWordEnd)
    }
  }

  /// - Precondition: the teacher hears streams.
  package init(_ teacher: Teacher, _ preset: Preset, threads: Int) throws(TrainingError) {
    geometry = WindowGeometry(preset)
    self.threads = threads
    switch teacher {
    case .network(let model):
      let layout = ParameterLayout(model.graph)
      kind = .network(
        try StreamScanner(
          model.preset, layout: layout, values: layout.values(of: model.graph), threads: threads))
      let teacher = WindowGeometry(model.preset)
      steps = TeacherSteps(first: teacher.phase + teacher.usedRows - 1, stride: teacher.stride)
    case .listener(let listener):
      kind = .listener(listener)
      steps = TeacherSteps(
        first: listener.strideRows * (listener.settlingSteps + 1) - 1, stride: listener.strideRows)
    case .scores: preconditionFailure("scores are of recordings, not of streams")
    }
  }

  private init(scores: [Float], _ preset: Preset) {
    geometry = WindowGeometry(preset)
    threads = 1
    kind = .scores(scores)
    steps = TeacherSteps(first: 0, stride: 1)
  }

  /// - Parameter heard: is told how many streams were asked about.
  /// - Returns: nil when cancelled.
  package func logits(
    _ bank: FeatureBank, heard: (Int) -> Void = { _ in }, isCancelled: @Sendable () -> Bool
  ) -> TeacherLogits? {
    if case .scores(let scores) = kind { return TeacherLogits(positives: scores) }
    let channels = FeatureStreams.channels
    let streams = bank.streams
    var logits = TeacherLogits(rows: streams.values.count / channels, stride: geometry.stride)
    let count = streams.ranges.count
    for start in stride(from: 0, to: count, by: Self.streamsAtOnce) {
      guard !isCancelled() else { return nil }
      let chosen = start..<min(start + Self.streamsAtOnce, count)
      guard let said = said(of: chosen, streams, isCancelled) else { return nil }
      for (stream, values) in zip(chosen, said) {
        let range = streams.ranges[stream]
        for window in 0..<geometry.windows(inRows: range.count) {
          let row = geometry.start(ofWindow: window)
          let end = row + geometry.usedRows - 1
          guard let step = steps.step(endingAt: end, of: values.count) else { continue }
          logits[range.lowerBound + row] = values[step]
        }
      }
      heard(chosen.upperBound)
    }
    return logits
  }

  /// The logits of the steps of some streams, from `steps.first` on.
  private func said(
    of chosen: Range<Int>, _ streams: FeatureStreams, _ isCancelled: @Sendable () -> Bool
  ) -> [[Float]]? {
    switch kind {
    case .network(let scanner): return scanner.logits(streams, of: Array(chosen))
    case .listener(let listener):
      let channels = FeatureStreams.channels
      return ParallelMap.map(count: chosen.count, threads: threads, isCancelled: isCancelled) {
        let range = streams.ranges[chosen.lowerBound + $0]
        let rows = streams.values[range.lowerBound * channels..<range.upperBound * channels]
        return Array(listener.logits(Array(rows)).dropFirst(listener.settlingSteps))
      }
    case .scores: preconditionFailure("scores are of recordings, not of streams")
    }
  }
}
