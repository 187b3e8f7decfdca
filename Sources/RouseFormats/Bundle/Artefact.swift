/// One file to hand out.
public struct Artefact: Hashable, Sendable {
  /// A name without a folder.
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
