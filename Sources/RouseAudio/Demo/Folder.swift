import Glibc

/// Folders that are made, abandoned and removed.
enum Folder {
  /// Makes `path` and the folders above it that are missing.
  static func make(_ path: String) throws(AudioError) {
    if mkdir(path, 0o777) == 0 || isFolder(path) { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    try make(String(path[..<slash]))
    guard mkdir(path, 0o777) == 0 || isFolder(path) else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// Removes a folder with all it holds; links are removed, not followed. What cannot be removed stays.
  static func remove(_ path: String) {
    for name in names(in: path) {
      let child = "\(path)/\(name)"
      if unlink(child) != 0 { remove(child) }
    }
    rmdir(path)
  }

  /// The name under which this process builds the folder `name`.
  static func temporaryName(for name: String) -> String { "\(prefix(name))\(getpid())" }

  /// Removes what processes that no longer run left of the folder `name`.
  static func removeLeftovers(of name: String, in folder: String) {
    for found in names(in: folder) where found.hasPrefix(prefix(name)) {
      guard let process = pid_t(found.dropFirst(prefix(name).count)), process > 0 else { continue }
      // No signal is sent: the call only tells whether the process exists.
      if process == getpid() || kill(process, 0) != 0 && errno == ESRCH {
        remove("\(folder)/\(found)")
      }
    }
  }

  private static func prefix(_ name: String) -> String { ".\(name).partial-" }

  private static func isFolder(_ path: String) -> Bool {
    let code = errno
    defer { errno = code }
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func names(in path: String) -> [String] {
    guard let handle = opendir(path) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
