/// Numbers in the bytes of foreign files, little-endian; bytes that do not fill a number are left out.
enum ForeignBytes {
  static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
    words(bytes, UInt32.self).map(Float.init(bitPattern:))
  }

  /// Rounded to float32.
  static func doubles(_ bytes: ArraySlice<UInt8>) -> [Float] {
    words(bytes, UInt64.self).map { Float(Double(bitPattern: $0)) }
  }

  static func halves(_ bytes: ArraySlice<UInt8>) -> [Float] { words(bytes, UInt16.self).map(half) }

  /// IEEE 754 binary16.
  private static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 0x1f), Float(bits & 0x3ff))
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
    }
  }

  static func words<Word: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, _: Word.Type
  ) -> [Word] {
    let size = Word.bitWidth / 8
    return (0..<bytes.count / size).map { index in
      let start = bytes.startIndex + index * size
      return (0..<size).reduce(0) { $0 | Word(truncatingIfNeeded: bytes[start + $1]) << (8 * $1) }
    }
  }
}
