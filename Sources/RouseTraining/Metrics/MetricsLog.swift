import Glibc
import RouseNumerics

/// Appends records to the metrics of a run: `metrics.jsonl`, and the same as TensorBoard events.
///
/// Records are flushed before a checkpoint is written, and a resumed run begins with the records up to its checkpoint:
/// after any kill there is each record once.
package final class MetricsLog {
  private let lines: AppendedFile
  private let events: AppendedFile

  /// Begins both files with the records up to `step` that `folder` holds.
  ///
  /// - Throws: `.file`, and `.badRecord` for metrics that somebody edited.
  package init(_ folder: RunFolder, upTo step: Int) throws(TrainingError) {
    let known =
      step > 0 && folder.holdsMetrics
      ? try TrainingRecord.read(folder.metricsFile, dropsLastPart: true) : []
    let kept = known.filter { $0.step <= step }
    lines = try AppendedFile(folder.metricsFile, beginning: kept.flatMap(Self.line))
    events = try AppendedFile(
      folder.eventFile, beginning: EventFile.head + kept.flatMap(EventFile.events))
  }

  package func append(_ record: TrainingRecord) throws(TrainingError) {
    try lines.append(Self.line(record))
    try events.append(EventFile.events(of: record))
  }

  /// Returns once everything appended is on the disk.
  package func flush() throws(TrainingError) {
    try lines.flush()
    try events.flush()
  }

  private static func line(_ record: TrainingRecord) -> [UInt8] { Array((record.line + "\n").utf8) }
}

/// A file that begins as a whole and then grows at its end.
private final class AppendedFile {
  private let path: String
  private let descriptor: Int32

  init(_ path: String, beginning: [UInt8]) throws(TrainingError) {
    do { try AtomicFile.write(beginning, to: path) } catch { throw .file(error) }
    let opened = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard opened >= 0 else {
      throw .file(FileError(path: path, operation: .open, code: errno))
    }
    self.path = path
    descriptor = opened
  }

  deinit { close(descriptor) }

  func append(_ bytes: [UInt8]) throws(TrainingError) {
    var done = 0
    while done < bytes.count {
      let written = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        done += written
      } else if written == 0 || errno != EINTR {
        throw .file(
          FileError(path: path, operation: .write, code: written == 0 ? ENOSPC : errno))
      }
    }
  }

  func flush() throws(TrainingError) {
    guard fsync(descriptor) == 0 else {
      throw .file(FileError(path: path, operation: .sync, code: errno))
    }
  }
}
