import RouseNumerics

/// A stretch of usable sound: a recording, or one of the pieces that a long one was cut into. 64 bytes.
struct ClipPiece: Sendable {
  private let record32: UInt32
  private let count32: UInt32
  private let wordStart: UInt32
  private let wordEnd: UInt32
  /// Byte of the scratch file where it begins.
  let offset: Int
  let digest: Digest

  init(record: Int, offset: Int, count: Int, word: Range<Int>, digest: Digest) {
    record32 = UInt32(record)
    count32 = UInt32(count)
    wordStart = UInt32(word.lowerBound)
    wordEnd = UInt32(word.upperBound)
    self.offset = offset
    self.digest = digest
  }

  /// Index into the listing's records.
  var record: Int { Int(record32) }
  /// Samples.
  var count: Int { Int(count32) }
  var word: Range<Int> { Int(wordStart)..<Int(wordEnd) }

  /// A SHA-256 without an array around it.
  struct Digest: Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// - Precondition: there are 32.
    init(_ bytes: [UInt8]) {
      precondition(bytes.count == SHA256.digestBytes, "a SHA-256 has 32 bytes")
      func word(_ index: Int) -> UInt64 {
        bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
      }
      words = (word(0), word(1), word(2), word(3))
    }

    var bytes: [UInt8] {
      [words.0, words.1, words.2, words.3].flatMap { word in
        (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
      }
    }
  }
}
