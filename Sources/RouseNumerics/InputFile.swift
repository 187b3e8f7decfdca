import Glibc

/// Reads whole files of a bounded size.
public enum InputFile {
  /// More than any model, table or feature matrix this program reads whole: 2 GiB.
  public static let defaultLimit = 1 << 31

  /// All bytes of `path`; pipes work too.
  ///
  /// - Throws: `FileError` of the failed call; `.read` with `EFBIG` when there are more than `limit`
  ///   bytes, `.status` with `EISDIR` for a folder.
  public static func read(_ path: String, limit: Int = defaultLimit) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, operation: .status, code: errno)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileError(path: path, operation: .status, code: EISDIR)
    }
    guard status.st_size <= limit else {
      throw FileError(path: path, operation: .read, code: EFBIG)
    }
    // One byte more than a regular file has, so that the end is seen without growing.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size) + 1)
    var chunk = [UInt8](repeating: 0, count: min(1 << 20, max(Int(status.st_size) + 1, 1 << 16)))
    while true {
      let found = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if found < 0 {
        guard errno == EINTR else { throw FileError(path: path, operation: .read, code: errno) }
      } else if found == 0 {
        return bytes
      } else {
        guard bytes.count + found <= limit else {
          throw FileError(path: path, operation: .read, code: EFBIG)
        }
        bytes += chunk[..<found]
      }
    }
  }
}

extension InputFile {
  /// Bytes of a file.
  public static func size(_ path: String) throws(FileError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw FileError(path: path, operation: .status, code: errno)
    }
    return Int(status.st_size)
  }
}
