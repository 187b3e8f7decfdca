import Glibc
import RouseNumerics

/// A bundle that is on disk but not yet under its name.
///
/// The files lie in a hidden folder beside the output folder until they are verified. `publish` then swaps the two
/// folders in one step, so that whoever kills the program at whatever moment finds the old bundle or the new one, whole;
/// `discard` removes every trace. What a killed run left beside the output folder is removed by the next one.
///
/// The output folder belongs to the bundle. Files in it that no bundle of this name brought, or that were edited since,
/// are never touched: a folder with such files is refused. An older bundle is known by its list, `BundleList`.
///
/// Where the file system cannot swap names (NFS, some FUSE file systems), the old folder is renamed aside first: a kill
/// between the two renames leaves the name empty and the old bundle whole beside it, and the next run puts it back.
public struct StagedBundle: Sendable {
  /// As the user named it.
  public let output: String
  public let artefacts: [Artefact]
  private let name: String
  private let calls: DiskCalls
  private let place: BundlePlace
  private let staging: StagingFolder

  /// Writes `artefacts` to the staging folder. `name` is the base of the bundle's file names.
  ///
  /// - Throws: `FormatError.unsafeFileName`, `.duplicateFileName`, `.occupied` and `.occupiedByBundle` when the output
  ///   folder holds what must not be lost, `.insideOutput`, or `.file` for what the operating system refused. Then
  ///   nothing has changed.
  public init(
    _ artefacts: [Artefact], named name: String, in output: String
  ) throws(FormatError) {
    try self.init(artefacts, named: name, in: output, calls: .system)
  }

  package init(
    _ artefacts: [Artefact], named name: String, in output: String, calls: DiskCalls
  ) throws(FormatError) {
    try Artefact.check(artefacts.map(\.fileName) + [name + BundleList.suffix])
    self.output = output
    self.artefacts = artefacts
    self.name = name
    self.calls = calls
    place = try BundlePlace(output, calls)
    do throws(FormatError) {
      try StagingFolder.cleanUp(place, calls)
      try place.check(for: name)
      staging = try StagingFolder(beside: place, calls)
    } catch {
      place.removeMadeFolders(calls)
      throw error
    }
    do { try staging.write(artefacts) } catch {
      discard()
      throw .file(error)
    }
  }

  /// The bytes of one file as they are on disk.
  public func read(_ fileName: String) throws(FormatError) -> [UInt8] {
    do { return try InputFile.read("\(staging.path)/\(fileName)", limit: 1 << 30) } catch {
      throw .file(error)
    }
  }

  /// Adds `extra` files and the list of all, and puts the folder in the place of the output folder.
  public func publish(with extra: [Artefact]) throws(FormatError) {
    let files = artefacts + extra
    try Artefact.check(files.map(\.fileName) + [name + BundleList.suffix])
    do { try staging.write(extra + [BundleList(name: name, files).artefact]) } catch {
      throw .file(error)
    }
    // Once more, since verification took its time.
    let isReplacing = try place.check(for: name)
    do {
      try staging.flush(Artefact.folders(of: files.map(\.fileName)))
      try isReplacing ? swap() : appear()
    } catch { throw .file(error) }
  }

  /// Removes the staged files and the folders that this run made above them; after `publish` there are none.
  public func discard() {
    staging.remove()
    place.removeMadeFolders(calls)
  }

  // MARK: - Appearing

  private func appear() throws(FileError) {
    guard calls.rename(staging.path, place.path) == 0 else {
      throw FileError(path: output, operation: .rename, code: errno)
    }
    place.syncParent(calls)
  }

  private func swap() throws(FileError) {
    if let mode = place.mode { _ = calls.changeMode(staging.path, mode) }
    if calls.exchange(staging.path, place.path) != 0 {
      guard [EINVAL, ENOSYS, ENOTSUP].contains(errno) else {
        throw FileError(path: output, operation: .rename, code: errno)
      }
      try swapInTwoSteps()
    }
    place.syncParent(calls)
    // The old bundle now lies under the staging name.
    staging.remove()
  }

  private func swapInTwoSteps() throws(FileError) {
    let aside = staging.asidePath
    guard calls.rename(place.path, aside) == 0 else {
      throw FileError(path: output, operation: .rename, code: errno)
    }
    guard calls.rename(staging.path, place.path) == 0 else {
      let code = errno
      _ = calls.rename(aside, place.path)
      throw FileError(path: output, operation: .rename, code: code)
    }
    _ = calls.rename(aside, staging.path)
  }
}
