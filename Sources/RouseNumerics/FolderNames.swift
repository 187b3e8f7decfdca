import Glibc

/// What a folder holds.
public enum FolderNames {
  /// Names in a folder without `.` and `..`, hidden ones too, in no order.
  ///
  /// - Throws: `FileError` `.open` for a folder that cannot be listed.
  public static func all(in folder: String) throws(FileError) -> [String] {
    guard let stream = opendir(folder) else {
      throw FileError(path: folder, operation: .open, code: errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
