import Glibc

/// Listing of folders with sound files.
package enum AudioFolder {
  /// Name endings that count as sound, compared without regard to case.
  package static let extensions = ["aif", "aiff", "au", "flac", "mp3", "oga", "ogg", "opus", "wav"]

  /// What a folder holds, everything below it included.
  package struct Contents: Hashable, Sendable {
    /// Sound files, as paths that begin with the folder, sorted by their bytes.
    package var files: [String] = []
    /// How many files were left out because their names do not end like those of sound files.
    package var otherFiles = 0
    /// Files and folders whose names are not UTF-8 and which therefore cannot be named in any of our files; the broken
    /// bytes are replaced, so that people can find them.
    package var unreadableNames: [String] = []
  }

  /// Sound files in `folder` and everything below it; see `contents`.
  package static func files(in folder: String) throws(AudioError) -> [String] {
    try contents(of: folder).files
  }

  /// Lists `folder` and everything below it. Opens no file, so pipes and devices cannot block it; they are left out.
  ///
  /// Links are followed; a folder that is reached a second time (a link to a parent, or two links to one place) is
  /// entered once, under the path that sorts first at that depth. Hidden files and folders are left out.
  ///
  /// - Throws: `.unreadable`, `.wrongKind` for `folder` and anything below that cannot be listed.
  package static func contents(of folder: String) throws(AudioError) -> Contents {
    var found = Contents()
    var visited: Set<FolderIdentity> = []
    var pending = [folder]
    while !pending.isEmpty {
      var below: [String] = []
      for path in pending {
        guard visited.insert(try FolderIdentity(path)).inserted else { continue }
        for entry in try entries(of: path, &found.unreadableNames) {
          let child = path.hasSuffix("/") ? path + entry.name : "\(path)/\(entry.name)"
          switch entry.kind(at: child) {
          case S_IFDIR: below.append(child)
          case S_IFREG where hasKnownExtension(entry.name): found.files.append(child)
          case S_IFREG: found.otherFiles += 1
          default: break
          }
        }
      }
      pending = below.sorted(by: bytesBefore)
    }
    found.files.sort(by: bytesBefore)
    found.unreadableNames.sort(by: bytesBefore)
    return found
  }

  package static func hasKnownExtension(_ name: String) -> Bool {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return extensions.contains(name[name.index(after: dot)...].lowercased())
  }

  /// Order of UTF-8 bytes: the same in every locale and on every system.
  package static func bytesBefore(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  private static func entries(
    of path: String, _ unreadable: inout [String]
  ) throws(AudioError) -> [FolderEntry] {
    guard let handle = opendir(path) else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { closedir(handle) }
    var entries: [FolderEntry] = []
    while let entry = readdir(handle) {
      let (name, isText) = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { bytes in
          String(validatingCString: bytes).map { ($0, true) } ?? (String(cString: bytes), false)
        }
      }
      guard !name.hasPrefix(".") else { continue }
      if isText {
        entries.append(FolderEntry(name: name, declaredKind: Int32(entry.pointee.d_type)))
      } else {
        unreadable.append(path.hasSuffix("/") ? path + name : "\(path)/\(name)")
      }
    }
    return entries
  }
}

private struct FolderEntry {
  let name: String
  /// What the folder itself says: `DT_REG`, `DT_DIR`, …; `DT_UNKNOWN` on some file systems.
  let declaredKind: Int32

  /// `S_IFREG`, `S_IFDIR`, …, of the file that a link leads to; 0 for a link that leads nowhere, which is no sound file.
  func kind(at path: String) -> mode_t {
    // Asking for each of 100,000 files would double the time of listing them.
    switch declaredKind {
    case Int32(DT_REG): return S_IFREG
    case Int32(DT_DIR): return S_IFDIR
    case Int32(DT_LNK), Int32(DT_UNKNOWN):
      var status = stat()
      return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
    default: return 0
    }
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
