import Glibc
import RouseNumerics

/// What lies in a folder, links not followed.
struct FolderContents {
  /// Everything that is not a folder, by its path below the folder, sorted; links and pipes too.
  private(set) var files: [String] = []
  /// Folders below the folder, outer ones before inner ones.
  private(set) var folders: [String] = []

  /// - Parameter entered: the folders below that are looked into; nil for all of them.
  /// - Throws: `FileError` `.open` for a folder that cannot be listed.
  init(of folder: String, entering entered: Set<String>? = nil) throws(FileError) {
    try list(folder, prefix: "", entered)
    files.sort()
    folders.sort()
  }

  private mutating func list(
    _ folder: String, prefix: String, _ entered: Set<String>?
  ) throws(FileError) {
    for name in try FolderNames.all(in: folder) {
      var status = stat()
      let path = "\(folder)/\(name)"
      guard lstat(path, &status) == 0 else {
        if errno == ENOENT { continue }
        throw FileError(path: path, operation: .status, code: errno)
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        folders.append(prefix + name)
        if entered?.contains(prefix + name) ?? true {
          try list(path, prefix: "\(prefix)\(name)/", entered)
        }
      } else {
        files.append(prefix + name)
      }
    }
  }
}
