import Glibc

/// Listing of folders with sound files.
package enum AudioFolder {
  /// Name endings that count as sound, compared without regard to case.
  package static let extensions = ["aif", "aiff", "au", "flac", "mp3", "oga", "ogg", "opus", "wav"]

  /// Sound files in `folder` and everything below it, as paths that begin with `folder`, sorted by their bytes.
  ///
  /// Links are followed; a folder that is reached a second time (a link to a parent, or two links to one place) is
  /// entered once, under the path that sorts first at that depth. Hidden files and folders are left out.
  ///
  /// - Throws: `.unreadable`, `.wrongKind` for `folder` and anything below that cannot be listed.
  package static func files(in folder: String) throws(AudioError) -> [String] {
    var found: [String] = []
    var visited: Set<FolderIdentity> = []
    var pending = [folder]
    while !pending.isEmpty {
      var below: [String] = []
      for path in pending {
        guard visited.insert(try FolderIdentity(path)).inserted else { continue }
        for name in try names(in: path) {
          let child = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
          var status = stat()
          // A link that leads nowhere is not a sound file; leave it out like any other kind.
          guard stat(child, &status) == 0 else { continue }
          if status.st_mode & S_IFMT == S_IFDIR {
            below.append(child)
          } else if status.st_mode & S_IFMT == S_IFREG, hasKnownExtension(name) {
            found.append(child)
          }
        }
      }
      pending = below.sorted(by: bytesBefore)
    }
    return found.sorted(by: bytesBefore)
  }

  package static func hasKnownExtension(_ name: String) -> Bool {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return extensions.contains(name[name.index(after: dot)...].lowercased())
  }

  /// Order of UTF-8 bytes: the same in every locale and on every system.
  package static func bytesBefore(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  private static func names(in path: String) throws(AudioError) -> [String] {
    guard let handle = opendir(path) else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}

/// What makes two paths the same folder.
private struct FolderIdentity: Hashable {
  let device: UInt
  let inode: UInt

  init(_ path: String) throws(AudioError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .wrongKind(path: path, expected: "folder")
    }
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
  }
}
