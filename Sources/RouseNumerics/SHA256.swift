/// The SHA-256 digest of bytes that arrive piece by piece.
///
/// - Source: NIST FIPS 180-4, "Secure Hash Standard", section 6.2.
public struct SHA256: Sendable {
  /// The eight words of the intermediate hash value.
  private var state: [UInt32] = SHA256.initial
  /// Bytes of an unfinished block.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0
  private var schedule = [UInt32](repeating: 0, count: 64)

  public static let digestBytes = 32
  private static let blockBytes = 64

  public init() {}

  /// The digest of `bytes` in one call.
  public static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// The digest as people compare it: 64 lower-case hexadecimal digits.
  public static func hex(_ digest: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  public mutating func update(_ bytes: [UInt8]) { update(bytes.span.bytes) }

  public mutating func update(_ bytes: RawSpan) {
    byteCount &+= UInt64(bytes.byteCount)
    var start = 0
    if !pending.isEmpty {
      while start < bytes.byteCount, pending.count < Self.blockBytes {
        pending.append(bytes.unsafeLoad(fromByteOffset: start, as: UInt8.self))
        start += 1
      }
      guard pending.count == Self.blockBytes else { return }
      let block = pending
      pending = []
      Self.compress(block.span.bytes, at: 0, &state, &schedule)
    }
    while bytes.byteCount - start >= Self.blockBytes {
      Self.compress(bytes, at: start, &state, &schedule)
      start += Self.blockBytes
    }
    while start < bytes.byteCount {
      pending.append(bytes.unsafeLoad(fromByteOffset: start, as: UInt8.self))
      start += 1
    }
  }

  /// The 32 bytes of the digest of everything given so far.
  public consuming func finish() -> [UInt8] {
    let bits = byteCount &* 8
    var padding: [UInt8] = [0x80]
    padding += [UInt8](
      repeating: 0, count: (Self.blockBytes + 55 - pending.count) % Self.blockBytes)
    padding += (0..<8).reversed().map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    update(padding)
    return state.flatMap { word in
      (0..<4).reversed().map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
    }
  }

  private static func compress(
    _ bytes: RawSpan, at offset: Int, _ state: inout [UInt32], _ schedule: inout [UInt32]
  ) {
    var w = schedule.mutableSpan
    for t in 0..<16 {
      w[t] = UInt32(
        bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset + t * 4, as: UInt32.self))
    }
    for t in 16..<64 {
      let (x, y) = (w[t - 15], w[t - 2])
      let sigma0 = rotate(x, 7) ^ rotate(x, 18) ^ (x &>> 3)
      let sigma1 = rotate(y, 17) ^ rotate(y, 19) ^ (y &>> 10)
      w[t] = w[t - 16] &+ sigma0 &+ w[t - 7] &+ sigma1
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    let constants = constants.span
    for t in 0..<64 {
      let choice = (e & f) ^ (~e & g)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      let t1 =
        h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ constants[t] &+ w[t]
      let t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
    }
    for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
  }

  @inline(__always)
  private static func rotate(_ x: UInt32, _ count: UInt32) -> UInt32 {
    (x &>> count) | (x &<< (32 &- count))
  }

  /// The first 32 fractional bits of the square roots of the first 8 primes.
  private static let initial: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]

  /// The first 32 fractional bits of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
