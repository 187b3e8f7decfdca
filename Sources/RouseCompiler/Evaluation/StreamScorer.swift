import RouseAudio
import RouseFrontEnd
import RouseTraining
import Synchronization

/// Turns a recording of any length into probability codes, with bounded memory, on several threads.
///
/// The result is what one thread gives that hears the recording from its beginning. A network's codes depend on the last
/// `memorySteps` steps only, so a section that hears those first is exact. The front end's noise estimates reach back
/// without end, but forget: a section starts them some seconds early, and they are compared with what the section
/// before has left at the same row. When they differ, the section is computed again from there.
package struct StreamScorer: Sendable {
  /// Rows of a section; 4 minutes at 10 ms, which take 8 MB as samples.
  package var sectionRows = 24_000
  /// Rows that the noise estimates hear before they are compared: the slower one forgets half in 27 rows, so 1,500 rows
  /// leave less than the last bit of 31.
  package var settlingRows = 1_500
  private let model: EvaluatedModel
  private let threads: Int

  package init(_ model: EvaluatedModel, threads: Int) {
    self.model = model
    self.threads = threads
  }

  /// One probability code for each step.
  ///
  /// - Parameters:
  ///   - next: the next samples of 16 kHz; nil at the end.
  ///   - progress: samples heard so far.
  /// - Returns: nil when cancelled.
  /// - Throws: what `next` throws.
  package func codes(
    _ next: sending @escaping () throws(AudioError) -> [Int16]?,
    progress: @Sendable (Int) -> Void = { _ in }, isCancelled: @Sendable () -> Bool = { false }
  ) throws(AudioError) -> [UInt8]? {
    guard threads > 1, let memory = model.batch?.memorySteps else {
      return try sequential(next, progress, isCancelled)
    }
    let stride = model.strideRows
    let leading = settlingRows + memory * stride
    let layout = StreamSection.Layout(
      stepSamples: 16 * model.stepMilliseconds, stride: stride,
      ownRows: (max(sectionRows, leading) / stride + 1) * stride,
      settlingRows: max(1, settlingRows), fillingRows: memory * stride)
    return try sections(StreamSectionReader(layout, next), progress, isCancelled)
  }

  // MARK: - One thread

  private func sequential(
    _ next: () throws(AudioError) -> [Int16]?, _ progress: (Int) -> Void, _ isCancelled: () -> Bool
  ) throws(AudioError) -> [UInt8]? {
    var frontEnd = MicroFrontEnd(stepMilliseconds: model.stepMilliseconds)
    var network = CodeRun(model)
    var codes: [UInt8] = []
    var rows: [UInt16] = []
    var samples = 0
    let step = model.strideRows * MicroFrontEnd.channels
    while let block = try next() {
      if isCancelled() { return nil }
      samples += block.count
      frontEnd.process(block, into: &rows)
      let whole = rows.count / step * step
      network.run(rows[..<whole].map(FeatureQuantization.deviceInt8), into: &codes)
      rows.removeFirst(whole)
      progress(samples)
    }
    return codes
  }

  // MARK: - Several threads

  private enum Piece: Sendable {
    case read(Result<[StreamSection], AudioError>)
    case heard(StreamSection.Hearing)
  }

  /// While some sections are heard, the next ones are read.
  private func sections(
    _ reader: sending StreamSectionReader, _ progress: (Int) -> Void,
    _ isCancelled: @Sendable () -> Bool
  ) throws(AudioError) -> [UInt8]? {
    let reader = Mutex(reader)
    var codes: [UInt8] = []
    var before: MicroFrontEnd?
    var samples = 0
    let count = 2 * threads
    var group = try Self.read(reader, count).get()
    while !group.isEmpty {
      let present = group
      let pieces = ParallelMap.map(
        count: present.count + 1, threads: threads, isCancelled: isCancelled
      ) { index -> Piece in
        index == 0
          ? .read(Self.read(reader, count)) : .heard(present[index - 1].hear(model, after: nil))
      }
      guard let pieces else { return nil }
      for (section, piece) in zip(present, pieces.dropFirst()) {
        guard case .heard(var hearing) = piece else { continue }
        if let before, before.noiseEstimates != hearing.entry {
          hearing = section.hear(model, after: before)
        }
        codes += hearing.codes
        before = hearing.exit
        samples += section.ownSamples
      }
      progress(samples)
      guard case .read(let following) = pieces[0] else { return codes }
      group = try following.get()
    }
    return codes
  }

  private static func read(
    _ reader: borrowing Mutex<StreamSectionReader>, _ count: Int
  ) -> Result<[StreamSection], AudioError> {
    reader.withLock { reader in
      do throws(AudioError) {
        return .success(try reader.sections(count))
      } catch {
        return .failure(error)
      }
    }
  }
}
