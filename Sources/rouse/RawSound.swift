import Foundation

/// Raw 16-bit samples on standard input; a WAV header in front of them is checked and skipped.
struct RawSound {
  /// Bytes at a time: 0.1 s.
  private static let block = 3200
  /// A header longer than this before the samples is no header.
  private static let longestHeader = 1 << 16

  /// - Parameter hear: takes the samples as they come.
  /// - Throws: `Diagnostic` for a WAV header of another format, another kind of file, and input that cannot be read.
  func read(_ isStopped: () -> Bool, _ hear: ([Int16]) -> Void) throws {
    var pending: [UInt8] = []
    var isChecked = false
    while !isStopped(), let bytes = try next(isStopped) {
      pending += bytes
      if !isChecked {
        if pending.count < 12 { continue }
        guard let start = try Self.start(pending) else { continue }
        pending.removeFirst(start)
        isChecked = true
      }
      let whole = pending.count / 2 * 2
      hear(Self.samples(pending[..<whole]))
      pending.removeFirst(whole)
    }
    if !isStopped(), !isChecked, pending.isEmpty {
      throw Diagnostic(
        message: "standard input is empty, expected sound",
        help: "arecord -f S16_LE -r 16000 -c 1 -t raw | rouse listen MODEL")
    }
    if !isChecked { hear(Self.samples(pending[..<(pending.count / 2 * 2)])) }
  }

  private static func samples(_ bytes: ArraySlice<UInt8>) -> [Int16] {
    stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { at in
      Int16(bitPattern: UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8)
    }
  }

  /// What has come in, at least a byte; nil at the end.
  private func next(_ isStopped: () -> Bool) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: Self.block)
    while true {
      // Wakes up now and then, so that Ctrl-C is heard when nothing comes in.
      var wait = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wait, 1, 200)
      if isStopped() { return nil }
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
      if count > 0 { return Array(bytes[..<count]) }
      if count == 0 { return nil }
      guard errno == EINTR || errno == EAGAIN else {
        throw Diagnostic(message: "cannot read standard input: \(String(cString: strerror(errno)))")
      }
    }
  }

  // MARK: - Headers

  /// Where the samples begin; nil when more bytes are needed to tell.
  private static func start(_ bytes: [UInt8]) throws -> Int? {
    for (name, magic) in [("FLAC", "fLaC"), ("Ogg", "OggS"), ("MP3", "ID3")]
    where bytes.starts(with: magic.utf8) {
      throw Diagnostic(
        message: "standard input is a \(name) file, expected raw samples",
        help: "give the file as an argument: rouse listen MODEL FILE")
    }
    guard bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WAVE".utf8) else {
      return 0
    }
    var at = 12
    while at + 8 <= bytes.count {
      let size = Int(number(bytes, at + 4, 4))
      if bytes[at..<at + 4].elementsEqual("data".utf8) { return at + 8 }
      if bytes[at..<at + 4].elementsEqual("fmt ".utf8) {
        guard at + 24 <= bytes.count else { return nil }
        try check(bytes, at + 8)
      }
      at += 8 + size + size % 2
      guard at < longestHeader else {
        throw Diagnostic(message: "standard input has a WAV header without samples")
      }
    }
    return nil
  }

  private static func check(_ bytes: [UInt8], _ at: Int) throws {
    let (format, channels) = (number(bytes, at, 2), number(bytes, at + 2, 2))
    let (rate, bits) = (number(bytes, at + 4, 4), number(bytes, at + 14, 2))
    // PCM, also as the extensible format.
    guard format == 1 || format == 0xFFFE, channels == 1, rate == 16_000, bits == 16 else {
      throw Diagnostic(
        message:
          "standard input is WAV with \(channels) channels of \(bits) bits at \(rate) Hz (format \(format)), "
          + "expected 1 channel of 16 bits at 16000 Hz",
        help: "give the file as an argument, or record with: arecord -f S16_LE -r 16000 -c 1 -t raw"
      )
    }
  }

  /// Little-endian, unsigned.
  private static func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> UInt32 {
    (0..<count).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
  }
}
