/// The cyclic redundancy check of TensorFlow's record files: the Castagnoli polynomial, bits reflected.
///
/// - Source: RFC 3720, appendix B.4, which also has the vectors that the tests use.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
    }
  }

  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { ($0 >> 8) ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// The checksum, rotated by 15 bits and moved by a constant, so that a checksum over checksums is not trivial.
  ///
  /// - Source: TensorFlow, `tensorflow/core/lib/hash/crc32c.h`, `Mask`.
  package static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = checksum(bytes)
    return ((sum >> 15) | (sum << 17)) &+ 0xA282_EAD8
  }
}
