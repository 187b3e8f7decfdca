import Glibc
import RouseNumerics

/// Writes several files so that all of them change or none.
///
/// Every file is written and flushed under a temporary name first; then all are renamed. The names of files that are
/// about to be replaced are kept as hard links until the last rename, and put back if one fails. (On a file system without
/// hard links a failing rename, which nothing but another program can cause at that point, leaves the files before
/// it new.)
public enum BundleWriter {
  /// Makes `folder` when it is missing.
  ///
  /// - Throws: `FormatError.unsafeFileName`, `.duplicateFileName`, or `.file` for what the operating system refused; then
  ///   the folder is as it was.
  public static func write(_ artefacts: [Artefact], to folder: String) throws(FormatError) {
    try write(artefacts, to: folder, calls: .system)
  }

  package static func write(
    _ artefacts: [Artefact], to folder: String, calls: FileCalls
  ) throws(FormatError) {
    var names: Set<String> = []
    for artefact in artefacts {
      try check(artefact.fileName)
      guard names.insert(artefact.fileName).inserted else {
        throw .duplicateFileName(artefact.fileName)
      }
    }
    let made: [String]
    do { made = try makeFolder(folder) } catch { throw .file(error) }
    do {
      var transaction = Transaction()
      for artefact in artefacts {
        try transaction.stage(artefact.bytes, path: "\(folder)/\(artefact.fileName)", calls)
      }
      try transaction.commit()
    } catch {
      for path in made.reversed() { rmdir(path) }
      throw .file(error)
    }
  }

  /// Deletes the named files, for artefacts that failed their verification; one that is absent is no error.
  public static func remove(
    _ fileNames: [String], from folder: String
  ) throws(FormatError) {
    for name in fileNames {
      try check(name)
      let path = "\(folder)/\(name)"
      guard unlink(path) == 0 || errno == ENOENT else {
        throw .file(FileError(path: path, operation: .remove, code: errno))
      }
    }
  }

  static func check(_ name: String) throws(FormatError) {
    let isSafe = name.unicodeScalars.allSatisfy {
      $0 != "/" && $0 != "\\" && $0.properties.generalCategory != .control
    }
    guard !name.isEmpty, !name.hasPrefix("."), isSafe else { throw .unsafeFileName(name) }
  }

  /// Makes the folder and those above it; returns the ones that were missing, outermost first.
  private static func makeFolder(_ folder: String) throws(FileError) -> [String] {
    var made: [String] = []
    var end = folder.startIndex
    while end < folder.endIndex {
      end = folder[end...].dropFirst().firstIndex(of: "/") ?? folder.endIndex
      let path = String(folder[..<end])
      if mkdir(path, 0o777) == 0 {
        made.append(path)
        continue
      }
      let code = errno
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        for path in made.reversed() { rmdir(path) }
        throw FileError(path: path, operation: .create, code: code == EEXIST ? ENOTDIR : code)
      }
    }
    return made
  }
}

/// Staged files that become visible together. Dropping it uncommitted removes the temporary files.
private struct Transaction {
  /// A box, since arrays hold copyable values only.
  final class Staged {
    let path: String
    var writer: AtomicFileWriter?

    init(_ writer: consuming AtomicFileWriter) {
      path = writer.path
      self.writer = consume writer
    }
  }

  private var files: [Staged] = []

  mutating func stage(
    _ bytes: [UInt8], path: String, _ calls: FileCalls
  ) throws(FileError) {
    var writer = try AtomicFileWriter(path: path, calls: calls)
    try writer.append(bytes)
    try writer.flush()
    files.append(Staged(writer))
  }

  func commit() throws(FileError) {
    var undo: [() -> Void] = []
    var keep: [String] = []
    defer { for path in keep { unlink(path) } }
    for (index, file) in files.enumerated() {
      guard let writer = file.writer.take() else { continue }
      let path = file.path
      let old =
        path[..<(path.lastIndex(of: "/") ?? path.startIndex)] + "/.rouse-\(getpid())-old-\(index)"
      let isKept = link(path, String(old)) == 0
      if isKept { keep.append(String(old)) }
      let isNew = !isKept && errno == ENOENT
      do { try writer.commit() } catch {
        for step in undo.reversed() { step() }
        throw error
      }
      undo.append {
        if isKept { _ = rename(String(old), path) } else if isNew { unlink(path) }
      }
    }
  }
}
