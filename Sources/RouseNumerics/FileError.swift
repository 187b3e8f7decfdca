/// A call to the operating system that failed, with everything needed to say so.
///
/// Tell the user what could not be done to which file, and the system's words for `code` (`strerror`). For
/// `ENOSPC` and `EDQUOT` add that nothing was left behind: the temporary file is already gone.
public struct FileError: Error, Hashable, Sendable {
  /// What was being done when the call failed.
  public enum Operation: String, Hashable, Sendable {
    /// Opening an existing file for reading.
    case open
    /// Asking for size and kind of a file, also when it turned out to be a folder or a device.
    case status
    case read
    /// Mapping a file into memory.
    case map
    /// Making the temporary file beside the destination.
    case create
    case write
    /// Flushing to the device; a full disk may only show up here.
    case sync
    /// A full disk on a network file system may only show up here.
    case close
    /// Putting the finished temporary file in the place of the destination.
    case rename
    /// Deleting a file.
    case remove
  }

  /// The file the user named, never the temporary one.
  public var path: String
  public var operation: Operation
  /// `errno` of the failed call.
  public var code: Int32

  public init(path: String, operation: Operation, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
  }
}
