import RouseIR
import RouseNumerics
import RouseResources

/// What a bundle was made of, for every file with room for it: no time, no path, so that equal input gives equal bytes.
public struct Provenance: Hashable, Sendable {
  /// Names and values in the order in which files list them.
  public let entries: [(name: String, value: String)]

  /// Names and values for formats that keep them so (ONNX).
  public var metadata: [String: String] {
    Dictionary(uniqueKeysWithValues: entries.map { ("rouse.\($0.name)", $0.value) })
  }

  /// `name: value` a line, for comments.
  public var lines: [String] { entries.map { "\($0.name): \($0.value)" } }

  /// - Parameter calibration: representative device features, one clip after the other.
  public init(of source: SourceModel, calibration: [[Int8]]) {
    var entries: [(name: String, value: String)] = [
      ("version", Version.current), ("wake_word", source.wakeWord.printable),
      ("origin", source.origin.printable),
      ("graph_sha256", Self.digest(Array(GraphText.print(source.graph, .summary).utf8))),
      ("weights_sha256", Self.digest(of: Self.weights(of: source.graph))),
      ("calibration_sha256", Self.digest(of: calibration)),
    ]
    if let corpus = source.corpusDigest { entries.append(("corpus_sha256", corpus)) }
    self.entries = entries
  }

  private static func digest(_ bytes: [UInt8]) -> String { SHA256.hex(SHA256.digest(bytes)) }

  /// The digest of pieces one after the other.
  private static func digest(of pieces: [[Int8]]) -> String {
    var hash = SHA256()
    for piece in pieces { hash.update(piece.span.bytes) }
    return SHA256.hex(hash.finish())
  }

  /// All constants in the order of the graph, little endian.
  private static func weights(of graph: Graph) -> [[Int8]] {
    graph.values.compactMap { $0.constant?.bytes }
  }

  public static func == (a: Provenance, b: Provenance) -> Bool { a.lines == b.lines }
  public func hash(into hasher: inout Hasher) { hasher.combine(lines) }
}
