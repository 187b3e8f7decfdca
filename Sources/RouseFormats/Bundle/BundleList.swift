import RouseNumerics

/// `NAME.sha256`, the last file of a bundle: what the bundle holds, so that a later run knows which files it may replace.
///
/// `sha256sum -c NAME.sha256` checks a bundle with it: a comment, then a digest, two spaces and a path a line.
struct BundleList: Hashable {
  static let suffix = ".sha256"
  private static let mark = "# Files of a bundle of Rouse: "
  /// The last line: a list that a kill cut short has none.
  private static let end = "# End of the list"

  /// Base of the file names.
  var name: String
  /// Digest in hexadecimal by path; without the list itself.
  var digests: [String: String]

  init(name: String, _ artefacts: [Artefact]) {
    self.name = name
    digests = Dictionary(
      artefacts.map { ($0.fileName, SHA256.hex(SHA256.digest($0.bytes))) }, uniquingKeysWith: { $1 }
    )
  }

  /// nil when `text` is not such a list: it is some other file then.
  init?(_ text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    guard let first = lines.first, first.hasPrefix(Self.mark), lines.last == Self.end[...] else {
      return nil
    }
    name = String(first.dropFirst(Self.mark.count))
    digests = [:]
    lines = lines.dropFirst().dropLast()
    for line in lines {
      guard line.utf8.count > 66, let space = line.firstIndex(of: " ") else { return nil }
      let (digest, path) = (line[..<space], line[space...].dropFirst(2))
      guard digest.utf8.count == 64, (try? Artefact.check([String(path)])) != nil else {
        return nil
      }
      digests[String(path)] = String(digest)
    }
  }

  var fileName: String { name + Self.suffix }
  /// Files of the bundle, sorted; without the list.
  var paths: [String] { digests.keys.sorted() }

  var artefact: Artefact {
    let lines = paths.map { "\(digests[$0] ?? "")  \($0)\n" }
    return Artefact(
      fileName: fileName, text: "\(Self.mark)\(name)\n" + lines.joined() + "\(Self.end)\n")
  }

  /// The list of the bundle in `folder`, whose names are `names`; nil when there is none or more than one, which no run
  /// of Rouse makes.
  static func find(in folder: String, _ names: [String]) throws(FileError) -> BundleList? {
    var found: [BundleList] = []
    for file in names where file.hasSuffix(suffix) {
      let bytes = try InputFile.read("\(folder)/\(file)", limit: 1 << 24)
      if let list = BundleList(String(decoding: bytes, as: UTF8.self)), list.fileName == file {
        found.append(list)
      }
    }
    return found.count == 1 ? found[0] : nil
  }

  /// Paths in `folder` that this list does not name, and named ones that hold something else by now.
  func foreign(in folder: String) throws(FileError) -> (strangers: [String], edited: [String]) {
    let own = Set(Artefact.folders(of: paths))
    let contents = try FolderContents(of: folder, entering: own)
    var strangers = contents.folders.filter { !own.contains($0) }.map { $0 + "/" }
    var edited: [String] = []
    for file in contents.files where file != fileName {
      guard let digest = digests[file] else {
        strangers.append(file)
        continue
      }
      let bytes = try InputFile.read("\(folder)/\(file)", limit: 1 << 30)
      if SHA256.hex(SHA256.digest(bytes)) != digest { edited.append(file) }
    }
    return (strangers.sorted(), edited)
  }
}
