import Glibc
import RouseNumerics

/// The output folder of a bundle: where it is, and whether it may be replaced.
struct BundlePlace: Sendable {
  /// Absolute and free of links, so that a link to a folder stays a link.
  let path: String
  /// The folder around it; staging folders lie there too, on the same file system.
  let parent: String
  /// Last component of `path`.
  let name: String
  /// Permissions of the folder that was there before.
  let mode: mode_t?
  /// Folders above the output folder that were missing, outermost first.
  private let made: [String]

  /// Makes the folders above `output`.
  init(_ output: String, _ calls: DiskCalls) throws(FormatError) {
    var trimmed = output[...]
    while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
    var status = stat()
    if stat(String(trimmed), &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw .file(FileError(path: output, operation: .create, code: ENOTDIR))
      }
      mode = status.st_mode & 0o7777
      made = []
      path = try Self.resolve(String(trimmed))
    } else {
      mode = nil
      let slash = trimmed.lastIndex(of: "/")
      let above = slash.map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) } ?? "."
      let last = slash.map { trimmed[trimmed.index(after: $0)...] } ?? trimmed
      guard !last.isEmpty, last != ".", last != ".." else {
        throw .file(FileError(path: output, operation: .create, code: ENOENT))
      }
      do { made = try Self.makeFolder(above, calls) } catch { throw .file(error) }
      let resolved = try Self.resolve(above)
      path = resolved == "/" ? "/\(last)" : "\(resolved)/\(last)"
    }
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    parent = slash == path.startIndex ? "/" : String(path[..<slash])
    name = String(path[slash...].dropFirst())
    // The file system's root has no name that could be swapped.
    guard !name.isEmpty else {
      throw .file(FileError(path: output, operation: .rename, code: EBUSY))
    }
  }

  /// - Returns: True when there is a folder to replace.
  /// - Throws: `FormatError.occupied` and `.occupiedByBundle` for what must not be lost, `.insideOutput` when this program
  ///   runs inside the folder, whose shell would be left in a removed one.
  @discardableResult
  func check(for bundle: String) throws(FormatError) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    let found:
      (names: [String], list: BundleList?, foreign: (strangers: [String], edited: [String])?)
    do {
      let names = try FolderNames.all(in: path).sorted()
      let list = try BundleList.find(in: path, names)
      let isSame = list?.name == bundle
      found = (names, list, isSame ? try list?.foreign(in: path) : nil)
    } catch { throw .file(error) }
    if let list = found.list, list.name != bundle {
      throw .occupiedByBundle(folder: path, found: list.name, name: bundle)
    }
    let (strangers, edited) = found.foreign ?? (found.names, [])
    guard strangers.isEmpty, edited.isEmpty else {
      throw .occupied(folder: path, strangers: strangers, edited: edited)
    }
    if let current = realpath(".", nil) {
      defer { free(current) }
      let here = String(cString: current)
      guard here != path, !here.hasPrefix(path + "/") else { throw .insideOutput(folder: path) }
    }
    return true
  }

  func removeMadeFolders(_ calls: DiskCalls) {
    for folder in made.reversed() { _ = calls.removeFolder(folder) }
  }

  /// Makes a rename durable. The folder is whole and in place already, and some file systems refuse to flush folders, so a
  /// failure here is not an error.
  func syncParent(_ calls: DiskCalls) { Self.sync(parent, calls) }

  static func sync(_ folder: String, _ calls: DiskCalls) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = calls.sync(descriptor)
    _ = close(descriptor)
  }

  private static func resolve(_ path: String) throws(FormatError) -> String {
    guard let resolved = realpath(path, nil) else {
      throw .file(FileError(path: path, operation: .status, code: errno))
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Makes the folder and those above it; returns the ones that were missing, outermost first.
  private static func makeFolder(_ folder: String, _ calls: DiskCalls) throws(FileError) -> [String]
  {
    var made: [String] = []
    var end = folder.startIndex
    while end < folder.endIndex {
      end = folder[end...].dropFirst().firstIndex(of: "/") ?? folder.endIndex
      let path = String(folder[..<end])
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { continue }
      if calls.makeFolder(path) == 0 {
        made.append(path)
        continue
      }
      let code = errno
      for path in made.reversed() { _ = calls.removeFolder(path) }
      throw FileError(path: path, operation: .create, code: code == EEXIST ? ENOTDIR : code)
    }
    return made
  }
}
