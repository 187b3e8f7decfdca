import Glibc

/// A file whose bytes appear in memory as they are touched; it may be larger than the memory of the machine.
///
/// The file must not shrink while it is mapped: touching a page behind its new end kills the process. Files that
/// `AtomicFile` replaces never shrink, since the old one stays whole until it is unmapped.
public final class MappedFile: @unchecked Sendable {
  public let path: String
  public let count: Int
  /// Nil when the file is empty. Read only, valid while `self` lives.
  private let base: UnsafeRawPointer?

  /// - Throws: `FileError` of the failed call; `.status` with `EISDIR` for a folder and `ENOTSUP` for a pipe or device.
  public init(path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, operation: .status, code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw FileError(path: path, operation: .status, code: isFolder ? EISDIR : ENOTSUP)
    }
    self.path = path
    count = status.st_size
    guard count > 0 else {
      base = nil
      return
    }
    let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard mapping != MAP_FAILED, let mapping else {
      throw FileError(path: path, operation: .map, code: errno)
    }
    base = UnsafeRawPointer(mapping)
  }

  deinit {
    if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
  }

  /// Calls `body` with the bytes of `range`, which are not copied.
  @inlinable
  public func withBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(pointer(range).bytes)
  }

  @usableFromInline
  func pointer(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the file")
    guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }
}
