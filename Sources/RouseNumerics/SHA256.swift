import CKernels

/// The SHA-256 digest of bytes that arrive piece by piece.
///
/// - Source: NIST FIPS 180-4, "Secure Hash Standard", section 6.2.
public struct SHA256: Sendable {
  /// The eight words of the intermediate hash value.
  private var state = SHA256.initial
  /// Bytes of an unfinished block.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  public static let digestBytes = 32
  private static let blockBytes = 64

  private let usesInstructions: Bool

  public init() { self.init(usesInstructions: true) }

  /// - Parameter usesInstructions: use the processor's own instructions where it has them.
  package init(usesInstructions: Bool) {
    self.usesInstructions = usesInstructions && rouse_sha256_has_instructions()
  }

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
      compress(block.span.bytes)
    }
    let end = start + (bytes.byteCount - start) / Self.blockBytes * Self.blockBytes
    compress(bytes.extracting(start..<end))
    for rest in end..<bytes.byteCount {
      pending.append(bytes.unsafeLoad(fromByteOffset: rest, as: UInt8.self))
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
    return (0..<8).map { state[$0] }.flatMap { word in
      (0..<4).reversed().map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
    }
  }

  /// Takes whole blocks into the hash value, by the processor's own instructions where it has them.
  private mutating func compress(_ bytes: RawSpan) {
    guard usesInstructions else { return Self.compressPlainly(bytes, into: &state) }
    bytes.withUnsafeBytes { bytes in
      Self.constants.withUnsafeBufferPointer { constants in
        withUnsafeMutableBytes(of: &state) { state in
          // Without blocks there may be no address; all are valid until the closures return.
          guard let blocks = bytes.bindMemory(to: UInt8.self).baseAddress,
            let words = state.bindMemory(to: UInt32.self).baseAddress
          else { return }
          rouse_sha256_compress(
            words, blocks, Int64(bytes.count / Self.blockBytes), constants.baseAddress)
        }
      }
    }
  }

  /// The same on any processor.
  ///
  /// Eight rounds are written out, so that the working variables keep their places; all subscripts are below 64.
  private static func compressPlainly(_ bytes: RawSpan, into state: inout SIMD8<UInt32>) {
    let k = constants.span
    var w = InlineArray<64, UInt32>(repeating: 0)
    for offset in stride(from: 0, to: bytes.byteCount, by: blockBytes) {
      for t in 0..<16 {
        w[unchecked: t] = UInt32(
          bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset + t * 4, as: UInt32.self))
      }
      for t in 16..<64 {
        let (x, y) = (w[unchecked: t &- 15], w[unchecked: t &- 2])
        let sigma0 = rotate(x, 7) ^ rotate(x, 18) ^ (x &>> 3)
        let sigma1 = rotate(y, 17) ^ rotate(y, 19) ^ (y &>> 10)
        w[unchecked: t] = w[unchecked: t &- 16] &+ sigma0 &+ w[unchecked: t &- 7] &+ sigma1
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      for t in stride(from: 0, to: 64, by: 8) {
        round(a, b, c, &d, e, f, g, &h, k[unchecked: t] &+ w[unchecked: t])
        round(h, a, b, &c, d, e, f, &g, k[unchecked: t &+ 1] &+ w[unchecked: t &+ 1])
        round(g, h, a, &b, c, d, e, &f, k[unchecked: t &+ 2] &+ w[unchecked: t &+ 2])
        round(f, g, h, &a, b, c, d, &e, k[unchecked: t &+ 3] &+ w[unchecked: t &+ 3])
        round(e, f, g, &h, a, b, c, &d, k[unchecked: t &+ 4] &+ w[unchecked: t &+ 4])
        round(d, e, f, &g, h, a, b, &c, k[unchecked: t &+ 5] &+ w[unchecked: t &+ 5])
        round(c, d, e, &f, g, h, a, &b, k[unchecked: t &+ 6] &+ w[unchecked: t &+ 6])
        round(b, c, d, &e, f, g, h, &a, k[unchecked: t &+ 7] &+ w[unchecked: t &+ 7])
      }
      state &+= SIMD8(a, b, c, d, e, f, g, h)
    }
  }

  /// One round without its rotation of the variables: the new `a` is left in `h`, the new `e` in `d`.
  @inline(__always)
  private static func round(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32,
    _ g: UInt32, _ h: inout UInt32, _ word: UInt32
  ) {
    let choice = ((f ^ g) & e) ^ g
    let majority = (a & b) | ((a | b) & c)
    let t1 = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ word
    d = d &+ t1
    h = t1 &+ (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
  }

  @inline(__always)
  private static func rotate(_ x: UInt32, _ count: UInt32) -> UInt32 {
    (x &>> count) | (x &<< (32 &- count))
  }

  /// The first 32 fractional bits of the square roots of the first 8 primes.
  private static let initial = SIMD8<UInt32>(
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19)

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
