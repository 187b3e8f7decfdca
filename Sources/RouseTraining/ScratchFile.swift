import Glibc
import RouseNumerics
import Synchronization

/// Bytes that a run needs again and again and that are too many for memory: a file without a name, gone with the process.
///
/// Any thread appends; `map()` ends that and gives the bytes back as memory.
final class ScratchFile: Sendable {
  /// Where the bytes are, for messages.
  let folder: String
  private let descriptor: Int32
  private let calls: FileCalls
  private let end = Mutex(0)

  /// - Parameter path: where the run writes. The file is made in the nearest folder above it that exists, so that it
  ///   lies on the same disk; in `TMPDIR`, which often lies in memory, only when that one cannot be written.
  /// - Throws: `.file` with the reason of the last folder tried.
  init(near path: String? = nil, calls: FileCalls = .system) throws(TrainingError) {
    var folders = path.map { [Self.existingFolder(above: $0)] } ?? []
    if let variable = getenv("TMPDIR") { folders.append(String(cString: variable)) }
    folders.append("/var/tmp")
    var code: Int32 = 0
    for folder in folders where !folder.isEmpty {
      var template = Array("\(folder)/.rouse-scratch-XXXXXX".utf8CString)
      let opened = mkstemp(&template)
      if opened >= 0 {
        unlink(template)
        // A file without a name must not live on in a program that this one starts.
        _ = fcntl(opened, F_SETFD, FD_CLOEXEC)
        self.folder = folder
        self.calls = calls
        descriptor = opened
        return
      }
      code = errno
    }
    throw .file(FileError(path: folders[folders.count - 1], operation: .create, code: code))
  }

  deinit { close(descriptor) }

  /// Bytes appended so far.
  var count: Int { end.withLock { $0 } }

  /// Adds `bytes` and returns where they begin.
  ///
  /// - Throws: `.diskFull`, `.file`.
  func append(_ bytes: RawSpan) throws(TrainingError) -> Int {
    let start = end.withLock { end in
      defer { end += bytes.byteCount }
      return end
    }
    try bytes.withUnsafeBytes { (buffer) throws(TrainingError) in
      var done = 0
      while done < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
        let written = calls.write(descriptor, rest, off_t(start + done))
        if written > 0 {
          done += written
        } else if written == 0 || errno != EINTR {
          throw failure(written == 0 ? ENOSPC : errno, at: start + done)
        }
      }
    }
    return start
  }

  /// Everything appended; nothing may be appended any more.
  func map() throws(TrainingError) -> ScratchMap {
    let count = count
    guard count > 0 else { return ScratchMap(base: nil, count: 0) }
    let mapping = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
    guard mapping != MAP_FAILED, let mapping else {
      throw .file(FileError(path: folder, operation: .map, code: errno))
    }
    return ScratchMap(base: UnsafeRawPointer(mapping), count: count)
  }

  private func failure(_ code: Int32, at bytes: Int) -> TrainingError {
    guard code == ENOSPC || code == EDQUOT else {
      return .file(FileError(path: folder, operation: .write, code: code))
    }
    var status = statvfs()
    let free = fstatvfs(descriptor, &status) == 0 ? status.f_bavail * status.f_frsize : 0
    return .diskFull(folder: folder, written: bytes, free: Int(free))
  }

  private static func existingFolder(above path: String) -> String {
    var folder = path.hasPrefix("/") ? path : "./" + path
    while let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")) {
      var status = stat()
      if stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return folder }
      folder = String(folder[..<slash])
    }
    return path.hasPrefix("/") ? "/" : "."
  }
}

/// The bytes of a scratch file, read where the system keeps its files.
final class ScratchMap: @unchecked Sendable {
  let count: Int
  /// Nil when there are none. Read only, valid while `self` lives.
  private let base: UnsafeRawPointer?

  fileprivate init(base: UnsafeRawPointer?, count: Int) {
    self.base = base
    self.count = count
  }

  deinit {
    if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
  }

  /// The number at a byte.
  @inline(__always)
  subscript<Number: BitwiseCopyable>(_ offset: Int, as _: Number.Type) -> Number {
    precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count, "outside the file")
    guard let base else { preconditionFailure("an empty file has no numbers") }
    return base.loadUnaligned(fromByteOffset: offset, as: Number.self)
  }

  /// Calls `body` with the bytes of `range`, which are not copied, then takes their pages out of this process's memory.
  ///
  /// They stay in the system's file cache for as long as there is room. So what a process holds of a scratch file does not
  /// grow with the file, and reading a stretch again costs no more than copying it.
  func withBytes<Result>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result
  {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "outside the file")
    guard let base, !range.isEmpty else {
      return body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
    let start = base + range.lowerBound
    defer {
      let page = sysconf(Int32(_SC_PAGESIZE))
      let first = range.lowerBound / page * page
      // Advice that is not taken costs memory and nothing else.
      _ = madvise(
        UnsafeMutableRawPointer(mutating: base + first), range.upperBound - first, MADV_DONTNEED)
    }
    return body(UnsafeRawBufferPointer(start: start, count: range.count))
  }
}
