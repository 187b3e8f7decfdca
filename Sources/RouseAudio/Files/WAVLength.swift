import Glibc

/// How much sound a WAV header declares against how much the file holds.
///
/// libsndfile quietly shortens a WAV file that was cut off, so a half copied data set would train without a word. This
/// reads nothing but the chunk list. It answers nil for what is not plain WAV and for headers of streams, which declare
/// a placeholder because their length was not known when they were written.
///
/// - Source: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", chapter 3.
struct WAVLength {
  let declaredFrames: Int
  let foundFrames: Int

  var isCutOff: Bool { foundFrames < declaredFrames }

  /// Reads with `pread`: the descriptor's position does not move.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let end = Int(status.st_size)
    guard let riff = Self.read(descriptor, at: 0, count: 12),
      riff[0..<4].elementsEqual("RIFF".utf8),
      riff[8..<12].elementsEqual("WAVE".utf8)
    else { return nil }

    var frameBytes = 0
    var offset = 12
    // Writers put fewer than ten chunks before the sound; the limit only stops a hostile chain.
    for _ in 0..<1000 {
      guard let header = Self.read(descriptor, at: offset, count: 8) else { return nil }
      let size = Self.integer(header[4..<8])
      if header[0..<4].elementsEqual("fmt ".utf8) {
        guard let format = Self.read(descriptor, at: offset + 8, count: 14) else { return nil }
        // PCM, float, A-law, mu-law and extensible: formats whose frames have a fixed size.
        guard [1, 3, 6, 7, 0xFFFE].contains(Self.integer(format[0..<2])) else { return nil }
        frameBytes = Self.integer(format[12..<14])
      } else if header[0..<4].elementsEqual("data".utf8) {
        // Programs that write into a pipe declare 0x7FFFFFFF, 0xFFFFFFFF or a little less; 0 is no sound at all.
        guard frameBytes > 0, size > 0, size < 0x7FFF_0000 else { return nil }
        declaredFrames = size / frameBytes
        foundFrames = min(size, max(0, end - offset - 8)) / frameBytes
        return
      }
      // Chunks are padded to an even length.
      offset += 8 + size + size % 2
      guard offset < end else { return nil }
    }
    return nil
  }

  private static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = pread(descriptor, &bytes, count, off_t(offset))
    return got == count ? bytes : nil
  }

  /// Little-endian, unsigned.
  private static func integer(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
