/// One file to hand out.
public struct Artefact: Hashable, Sendable {
  /// Its place in the bundle: `hey_nova.tflite`, `zephyr/hey_nova/zephyr/module.yml`. Always with `/`, never absolute.
  public var fileName: String
  public var bytes: [UInt8]

  public init(fileName: String, bytes: [UInt8]) {
    self.fileName = fileName
    self.bytes = bytes
  }

  public init(fileName: String, text: String) {
    self.init(fileName: fileName, bytes: Array(text.utf8))
  }
}

extension Artefact {
  /// Folders that a name may lie in.
  static let deepest = 8

  /// - Throws: `FormatError.unsafeFileName` for a name that is empty, hidden, absolute, leads out of the bundle with `..`,
  ///   or holds `\` or a control character; `.duplicateFileName` for a name that comes twice.
  static func check(_ names: [String]) throws(FormatError) {
    var seen: Set<String> = []
    for name in names {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      let isSafe = name.unicodeScalars.allSatisfy {
        $0 != "\\" && $0.properties.generalCategory != .control
      }
      // A hidden name also covers `.` and `..`.
      guard isSafe, parts.count <= deepest, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") })
      else { throw .unsafeFileName(name) }
      guard seen.insert(name).inserted else { throw .duplicateFileName(name) }
    }
  }

  /// The folders of `names`, each once, outer ones before inner ones.
  static func folders(of names: [String]) -> [String] {
    var folders: Set<String> = []
    for name in names {
      var rest = name[...]
      while let slash = rest.lastIndex(of: "/") {
        rest = rest[..<slash]
        folders.insert(String(rest))
      }
    }
    return folders.sorted()
  }
}
