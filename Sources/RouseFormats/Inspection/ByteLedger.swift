/// What the bytes of a model file are for.
public struct ByteKind: Hashable, Sendable {
  /// The key in JSON.
  public let key: String
  /// The words for people.
  public let label: String

  static let weights = ByteKind(key: "weights", label: "weights")
  static let biases = ByteKind(key: "biases", label: "biases")
  static let otherConstants = ByteKind(key: "otherConstants", label: "other constants")
  static let scales = ByteKind(key: "quantizationScales", label: "quantization scales")
  static let zeroPoints = ByteKind(key: "quantizationZeroPoints", label: "quantization zero points")
  static let otherQuantization = ByteKind(key: "otherQuantization", label: "other quantization")
  static let names = ByteKind(key: "names", label: "names")
  static let operatorTables = ByteKind(key: "operatorTables", label: "operator tables")
  static let tensorTables = ByteKind(key: "tensorTables", label: "tensor tables")
  static let vtables = ByteKind(key: "vtables", label: "vtables")
  static let bufferTables = ByteKind(key: "bufferTables", label: "buffer tables")
  static let otherTables = ByteKind(key: "otherTables", label: "other tables and vectors")
  static let metadata = ByteKind(key: "metadata", label: "metadata")
  static let padding = ByteKind(key: "padding", label: "padding")
  static let unreferenced = ByteKind(key: "unreferenced", label: "unreferenced")
  static let nodes = ByteKind(key: "nodes", label: "nodes")
  static let valueInfos = ByteKind(key: "valueInfos", label: "value infos")
  static let constantHeads = ByteKind(key: "initializerHeads", label: "heads of initializers")
  static let other = ByteKind(key: "other", label: "other")

  /// The numbers of initializers of one element type.
  static func initializers(_ element: String) -> ByteKind {
    ByteKind(key: "initializers.\(element)", label: "\(element) initializers")
  }
}

/// Says of every byte of a file what it is for. A byte that several parts share belongs to the first that claims it,
/// so the counts always add up to the file.
struct ByteLedger {
  /// Zero bytes between two parts are alignment when there are fewer than this; buffers are aligned to 16.
  static let longestPadding = 15

  /// For each byte, 0 or 1 + index into `kinds`.
  private var owners: [UInt8]
  private var kinds: [ByteKind] = []

  /// A ledger that lists `kinds` in this order, also those that own nothing.
  init(byteCount: Int, kinds: [ByteKind]) {
    owners = [UInt8](repeating: 0, count: byteCount)
    self.kinds = kinds
  }

  /// Gives the bytes of `range` that have no owner yet to `kind`; parts outside the file are ignored.
  mutating func claim(_ range: Range<Int>, _ kind: ByteKind) {
    let mark = mark(of: kind)
    for position in range.clamped(to: 0..<owners.count) where owners[position] == 0 {
      owners[position] = mark
    }
  }

  /// The bytes of each kind, in the order of the list; their sum is the size of the file.
  ///
  /// Unclaimed zero bytes in short runs are padding, all others are unreferenced.
  func counts(of bytes: [UInt8]) -> [(kind: ByteKind, bytes: Int)] {
    precondition(bytes.count == owners.count, "the ledger of another file")
    var totals = [Int](repeating: 0, count: kinds.count + 1)
    var padding = 0
    var position = 0
    while position < owners.count {
      var end = position + 1
      while end < owners.count, owners[end] == owners[position] { end += 1 }
      let run = position..<end
      if owners[position] == 0, run.count <= Self.longestPadding, bytes[run].allSatisfy({ $0 == 0 })
      {
        padding += run.count
      } else {
        totals[Int(owners[position])] += run.count
      }
      position = end
    }
    var result: [(kind: ByteKind, bytes: Int)] = []
    for (index, kind) in kinds.enumerated() {
      let unclaimed =
        switch kind {
        case .padding: padding
        case .unreferenced: totals[0]
        default: 0
        }
      result.append((kind, totals[index + 1] + unclaimed))
    }
    precondition(result.reduce(0) { $0 + $1.bytes } == bytes.count, "a byte without a kind")
    return result
  }

  /// Element types of initializers come as they are found; there are fewer than 255 kinds in all.
  private mutating func mark(of kind: ByteKind) -> UInt8 {
    if let index = kinds.firstIndex(of: kind) { return UInt8(index + 1) }
    precondition(kinds.count < 255, "too many kinds of bytes")
    kinds.append(kind)
    return UInt8(kinds.count)
  }
}
