import Glibc

/// Files that are either whole or absent: written beside the destination, flushed, then renamed over it.
public enum AtomicFile {
  /// Replaces `path` by `bytes`. Readers see the old file or the new one, never a part.
  ///
  /// - Throws: `FileError` of the first call that failed; the destination is then as it was and the
  ///   temporary file is gone.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try write(bytes, to: path, calls: .system)
  }

  /// Replaces `path` by the UTF-8 bytes of `text`.
  public static func write(_ text: String, to path: String) throws(FileError) {
    try write(Array(text.utf8), to: path, calls: .system)
  }

  /// True for the names of files that are being written, or were when a process was killed.
  package static func isTemporary(_ name: String) -> Bool {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0] == ".rouse" && parts[1...].allSatisfy { Int($0) != nil }
  }

  package static func write(
    _ bytes: [UInt8], to path: String, calls: FileCalls
  ) throws(FileError) {
    var writer = try AtomicFileWriter(path: path, calls: calls)
    try writer.append(bytes.span.bytes)
    try writer.commit()
  }
}

/// A file that is being written piece by piece and appears under its name only on `commit()`.
///
/// Dropping a writer without `commit()` removes the temporary file.
public struct AtomicFileWriter: ~Copyable {
  public let path: String
  /// Bytes appended so far.
  public private(set) var count = 0
  private let temporaryPath: String
  private let calls: FileCalls
  /// Negative once closed.
  private var descriptor: Int32
  private var isCommitted = false

  /// Makes the temporary file in the folder of `path`.
  ///
  /// - Throws: `FileError` `.status` with `EISDIR` when `path` is a folder and with `ENOTSUP` when it is
  ///   a device or a pipe, which a rename would destroy; `.create` when the folder is missing or read-only.
  public init(path: String) throws(FileError) { try self.init(path: path, calls: .system) }

  package init(path: String, calls: FileCalls) throws(FileError) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw FileError(path: path, operation: .status, code: isFolder ? EISDIR : ENOTSUP)
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var attempt = 0
    while true {
      let candidate = "\(folder).rouse-\(getpid())-\(attempt)"
      let opened = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if opened >= 0 {
        self.path = path
        self.calls = calls
        temporaryPath = candidate
        descriptor = opened
        return
      }
      let code = errno
      // Another thread's file, or the remains of a killed process with this number: take the next name.
      guard code == EEXIST || code == EINTR, attempt < 10_000 else {
        throw FileError(path: path, operation: .create, code: code)
      }
      attempt += 1
    }
  }

  deinit {
    if descriptor >= 0 { _ = calls.close(descriptor) }
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Adds `bytes` at the end.
  public mutating func append(_ bytes: RawSpan) throws(FileError) {
    try write(bytes, at: count)
    count += bytes.byteCount
  }

  public mutating func append(_ bytes: [UInt8]) throws(FileError) { try append(bytes.span.bytes) }

  /// Writes over bytes that were appended before, such as a header whose counts are known only at the end.
  public mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    precondition(offset >= 0 && offset + bytes.count <= count, "overwrite outside the file")
    try write(bytes.span.bytes, at: offset)
  }

  /// Flushes and closes, so that of all that can fail late only the rename is left to `commit()`; appending is over.
  package mutating func flush() throws(FileError) {
    guard descriptor >= 0 else { return }
    guard calls.sync(descriptor) == 0 else { throw failure(.sync) }
    let closing = descriptor
    descriptor = -1
    guard calls.close(closing) == 0 else { throw failure(.close) }
  }

  /// Flushes, closes and renames; the file now exists under `path`.
  public consuming func commit() throws(FileError) {
    try flush()
    guard calls.rename(temporaryPath, path) == 0 else { throw failure(.rename) }
    isCommitted = true
    syncFolder()
  }

  private func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
    try bytes.withUnsafeBytes { (buffer) throws(FileError) in
      var done = 0
      while done < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
        let written = calls.write(descriptor, rest, off_t(offset + done))
        if written > 0 {
          done += written
        } else if written == 0 || errno != EINTR {
          throw written == 0
            ? FileError(path: path, operation: .write, code: ENOSPC) : failure(.write)
        }
      }
    }
  }

  private func failure(_ operation: FileError.Operation) -> FileError {
    FileError(path: path, operation: operation, code: errno)
  }

  /// Makes the rename itself durable. The file is already whole and in place, and some file systems
  /// refuse to flush folders, so a failure here is not an error.
  private func syncFolder() {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { return }
    _ = fsync(opened)
    _ = close(opened)
  }
}

/// The calls of a write that can fail late, replaceable so that tests can make each of them fail.
package struct FileCalls: Sendable {
  package var write: @Sendable (Int32, UnsafeRawBufferPointer, off_t) -> Int = {
    pwrite($0, $1.baseAddress, $1.count, $2)
  }
  package var sync: @Sendable (Int32) -> Int32 = { fsync($0) }
  package var close: @Sendable (Int32) -> Int32 = { Glibc.close($0) }
  package var rename: @Sendable (String, String) -> Int32 = { Glibc.rename($0, $1) }

  package init() {}
  package static let system = FileCalls()
}
