import Glibc
import RouseNumerics

/// A hidden folder beside an output folder, `.OUTPUT.rouse-staging-PROCESS-NUMBER`, and the files in it.
///
/// Its lock tells that its run is still going, also to runs that cannot see each other's processes (containers); a kill
/// releases the lock.
final class StagingFolder: Sendable {
  private static let staging = "staging"
  /// Where a bundle waits that is replaced in two steps.
  private static let aside = "old"

  let path: String
  let asidePath: String
  /// What errors call the folder.
  private let shown: String
  private let calls: DiskCalls
  /// Of the folder itself, for its lock.
  private let descriptor: Int32

  init(beside place: BundlePlace, _ calls: DiskCalls) throws(FormatError) {
    self.calls = calls
    shown = place.path
    var number = 0
    while true {
      let candidate = Self.path(place, Self.staging, number)
      if calls.makeFolder(candidate) == 0 {
        path = candidate
        asidePath = Self.path(place, Self.aside, number)
        descriptor = open(candidate, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // Without a lock the number of the process must do.
        if descriptor >= 0 { _ = flock(descriptor, LOCK_EX | LOCK_NB) }
        return
      }
      // The folder of another thread, or of another container's process with the same number.
      guard errno == EEXIST, number < 1_000 else {
        throw .file(FileError(path: place.path, operation: .create, code: errno))
      }
      number += 1
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  // MARK: - Writing

  /// Writes and flushes every file, and makes its folders.
  func write(_ artefacts: [Artefact]) throws(FileError) {
    for folder in Artefact.folders(of: artefacts.map(\.fileName)) {
      guard calls.makeFolder("\(path)/\(folder)") == 0 || errno == EEXIST else {
        throw FileError(path: "\(shown)/\(folder)", operation: .create, code: errno)
      }
    }
    for artefact in artefacts { try write(artefact) }
  }

  private func write(_ artefact: Artefact) throws(FileError) {
    let destination = "\(shown)/\(artefact.fileName)"
    let descriptor = calls.create("\(path)/\(artefact.fileName)")
    guard descriptor >= 0 else {
      throw FileError(path: destination, operation: .create, code: errno)
    }
    var failure: FileError?
    artefact.bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count, failure == nil {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
        let written = calls.write(descriptor, rest, off_t(done))
        if written > 0 {
          done += written
        } else if written == 0 || errno != EINTR {
          failure = FileError(
            path: destination, operation: .write, code: written == 0 ? ENOSPC : errno)
        }
      }
    }
    if failure == nil, calls.sync(descriptor) != 0 {
      failure = FileError(path: destination, operation: .sync, code: errno)
    }
    if calls.close(descriptor) != 0, failure == nil {
      failure = FileError(path: destination, operation: .close, code: errno)
    }
    if let failure { throw failure }
  }

  /// Makes the names of all files durable; inner folders first.
  func flush(_ folders: [String]) throws(FileError) {
    for folder in folders.reversed() { BundlePlace.sync("\(path)/\(folder)", calls) }
    BundlePlace.sync(path, calls)
  }

  // MARK: - Removing

  /// Removes what lies under the staging name.
  func remove() { Self.remove(path, calls) }

  /// Removes a folder that this program made. Of a published bundle only the files that its list names go: what somebody
  /// put there in the meantime stays, and the folder with it.
  private static func remove(_ folder: String, _ calls: DiskCalls) {
    guard let contents = try? FolderContents(of: folder) else { return }
    var files = contents.files
    if let list = try? BundleList.find(in: folder, files.filter { !$0.contains("/") }) {
      // The list goes last, so that a kill in between leaves what the next run can go on with.
      files = files.filter { list.digests[$0] != nil } + [list.fileName]
    }
    for file in files { _ = calls.removeFile("\(folder)/\(file)") }
    for inner in contents.folders.reversed() { _ = calls.removeFolder("\(folder)/\(inner)") }
    _ = calls.removeFolder(folder)
  }

  // MARK: - Remains of killed runs

  /// Removes what killed runs left beside the output folder, and puts back a bundle that one of them renamed aside.
  static func cleanUp(_ place: BundlePlace, _ calls: DiskCalls) throws(FormatError) {
    let names: [String]
    do { names = try FolderNames.all(in: place.parent) } catch { throw .file(error) }
    for name in names.sorted() {
      for kind in [aside, staging] where name.hasPrefix(prefix(place, kind)) {
        let folder = "\(place.parent)/\(name)"
        guard isAbandoned(folder, name.dropFirst(prefix(place, kind).count)) else { continue }
        var status = stat()
        if kind == aside, lstat(place.path, &status) != 0, calls.rename(folder, place.path) == 0 {
          continue
        }
        remove(folder, calls)
      }
    }
  }

  /// - Parameter tail: `PROCESS-NUMBER`.
  private static func isAbandoned(_ folder: String, _ tail: Substring) -> Bool {
    guard let process = tail.split(separator: "-").first.flatMap({ pid_t($0) }) else {
      return false
    }
    let isOurNumber = process == getpid()
    guard isOurNumber || (kill(process, 0) != 0 && errno == ESRCH) else { return false }
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    // A file system without locks: a number that no process has is all there is to go by.
    return errno != EWOULDBLOCK && !isOurNumber
  }

  private static func path(_ place: BundlePlace, _ kind: String, _ number: Int) -> String {
    let parent = place.parent == "/" ? "" : place.parent
    return "\(parent)/\(prefix(place, kind))\(getpid())-\(number)"
  }

  private static func prefix(_ place: BundlePlace, _ kind: String) -> String {
    ".\(place.name).rouse-\(kind)-"
  }
}
