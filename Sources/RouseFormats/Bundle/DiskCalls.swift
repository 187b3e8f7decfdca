import CExchange
import Glibc

/// Every call of a publication that changes the disk, replaceable so that tests can end a run at each of them.
package struct DiskCalls: Sendable {
  package var makeFolder: @Sendable (String) -> Int32 = { mkdir($0, 0o777) }
  /// A new file for writing; it must not be there yet.
  package var create: @Sendable (String) -> Int32 = {
    open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  }
  package var write: @Sendable (Int32, UnsafeRawBufferPointer, off_t) -> Int = {
    pwrite($0, $1.baseAddress, $1.count, $2)
  }
  /// Flushes a file or a folder.
  package var sync: @Sendable (Int32) -> Int32 = { fsync($0) }
  package var close: @Sendable (Int32) -> Int32 = { Glibc.close($0) }
  /// Swaps two names in one step.
  package var exchange: @Sendable (String, String) -> Int32 = { rouse_exchange($0, $1) }
  package var rename: @Sendable (String, String) -> Int32 = { Glibc.rename($0, $1) }
  package var changeMode: @Sendable (String, mode_t) -> Int32 = { chmod($0, $1) }
  package var removeFile: @Sendable (String) -> Int32 = { unlink($0) }
  package var removeFolder: @Sendable (String) -> Int32 = { rmdir($0) }

  package init() {}
  package static let system = DiskCalls()
}
