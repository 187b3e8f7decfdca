import CSndfile
import Foundation
import Glibc
import RouseAudio
import RouseNumerics
import Testing

@Suite struct AudioFileTests {
  let folder = TemporaryFolder()

  func error(_ path: String) -> AudioError? {
    do {
      _ = try AudioFile.read(path)
      return nil
    } catch {
      return error
    }
  }

  /// 16-bit noise: incompressible, so that a cut file misses sound and not padding.
  func noise(_ count: Int, seed: UInt64 = 1) -> AudioClip {
    var generator = SeededGenerator(seed: seed)
    return AudioClip(
      int16: (0..<count).map { _ in Int16(truncatingIfNeeded: Int(generator.next() >> 48)) })
  }

  // MARK: - What is read

  @Test(arguments: AudioFile.Format.allCases)
  func sixteenBitFilesSurviveExactly(format: AudioFile.Format) throws {
    let clip = noise(40_000)
    let path = folder("a.\(format.rawValue)")
    try AudioFile.write(clip, to: path, format: format)
    #expect(try AudioFile.read(path) == clip)
  }

  @Test func channelsAreAveraged() throws {
    let path = folder("stereo.wav")
    let left = [0.5, -0.25, 0, 1] as [Float]
    let right = [0.25, -0.25, 0.5, -1] as [Float]
    encode(
      zip(left, right).flatMap { [$0, $1] }, to: path, rate: 16_000, channels: 2,
      format: SF_FORMAT_WAV | SF_FORMAT_FLOAT)
    #expect(try AudioFile.read(path).samples == [0.375, -0.25, 0.25, 0])
  }

  /// A 1 kHz tone keeps frequency and level through each codec and rate.
  @Test(arguments: [
    (SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8_000), (SF_FORMAT_WAV | SF_FORMAT_PCM_24, 44_100),
    (SF_FORMAT_WAV | SF_FORMAT_ULAW, 8_000), (SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 22_050),
    (SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 96_000), (SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44_100),
    (SF_FORMAT_OGG | SF_FORMAT_OPUS, 48_000), (SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44_100),
  ])
  func tonesSurviveEveryFormatAndRate(format: Int, rate: Int) throws {
    let path = folder("tone")
    let tone = sine(1000, seconds: 1, rate: rate)
    encode(
      tone.flatMap { [$0, $0] }, to: path, rate: rate, channels: 2, format: format)
    let clip = try AudioFile.read(path)
    #expect(clip.sampleRate == 16_000)
    // MP3 pads to whole frames of 1152 and adds the encoder's delay.
    #expect(abs(clip.seconds - 1) < 0.08)
    let middle = clip.samples[4000..<12_000]
    // 0.2 dB: the lossy codecs at their default bit rates stay below 0.1.
    #expect(abs(decibels(rms(middle) / (0.5 / 2.0.squareRoot()))) < 0.2)
    let crossings = zip(middle, middle.dropFirst()).count { ($0 < 0) != ($1 < 0) }
    #expect(abs(crossings - 1000) <= 2)
  }

  @Test func blocksJoinToTheWholeFile() throws {
    let path = folder("long.flac")
    let clip = AudioClip(samples: sine(300, seconds: 20, rate: 44_100), sampleRate: 44_100)
    try AudioFile.write(clip, to: path)
    let reader = try AudioFile.blocks(path)
    var joined: [Float] = []
    var longest = 0
    while let block = try reader.next() {
      joined += block
      longest = max(longest, block.count)
    }
    #expect(try AudioFile.read(path).samples == joined)
    #expect(reader.declaredSamples == 320_000)
    #expect(abs(joined.count - 320_000) <= 1)
    #expect(longest < 60_000)
  }

  @Test func readingStopsAtItsLimit() throws {
    let path = folder("long.wav")
    try AudioFile.write(noise(32_001), to: path, format: .wav)
    #expect(throws: AudioError.tooLong(path: path, limitSeconds: 2)) {
      try AudioFile.read(path, longestSeconds: 2)
    }
    #expect(try AudioFile.read(path, longestSeconds: 2.001).samples.count == 32_001)
  }

  // MARK: - What is refused

  @Test func missingFilesAndFolders() {
    #expect(
      error(folder("none.wav"))
        == .unreadable(path: folder("none.wav"), reason: "No such file or directory"))
    #expect(error(folder.path) == .isFolder(path: folder.path))
    let pipe = folder("pipe.wav")
    mkfifo(pipe, 0o600)
    #expect(error(pipe) == .wrongKind(path: pipe, expected: "file"))
  }

  @Test func filesThatAreNoSound() throws {
    let empty = folder.write([], to: "empty.wav")
    #expect(error(empty) == .emptyFile(path: empty))
    var generator = SeededGenerator(seed: 3)
    let random = (0..<5000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let text = Array(String(repeating: "These are words.\n", count: 300).utf8)
    for (name, bytes) in [("t.wav", text), ("r.raw", random), ("r.mp3", random), ("t.gsm", text)] {
      let path = folder.write(bytes, to: name)
      guard case .notAudio(path, let reason) = error(path) else {
        Issue.record("\(name): \(String(describing: error(path)))")
        continue
      }
      #expect(!reason.isEmpty)
    }
  }

  @Test func headersWithoutSamples() {
    let path = folder("none.wav")
    encode([], to: path, rate: 16_000, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16)
    #expect(error(path) == .noSamples(path: path))
  }

  @Test func cutOffWAV() throws {
    try AudioFile.write(noise(1000), to: folder("a.wav"), format: .wav)
    let path = folder.write(Array(folder.bytes("a.wav")[..<1044]), to: "cut.wav")
    #expect(error(path) == .truncated(path: path, foundFrames: 500, expectedFrames: 1000))
  }

  /// A file that shrinks between the check of its length and its end.
  @Test func filesThatChangeWhileTheyAreRead() throws {
    let path = folder("changing.wav")
    try AudioFile.write(noise(400_000), to: path, format: .wav)
    let reader = try AudioFile.blocks(path)
    let first = try #require(try reader.next())
    truncate(path, 44 + 2 * 200_000)
    var found = first.count
    #expect(throws: AudioError.truncated(path: path, foundFrames: 200_000, expectedFrames: 400_000))
    {
      while let block = try reader.next() { found += block.count }
    }
    #expect(found == 200_000)
  }

  /// What recorders and converters of all kinds write, through one door.
  @Test(arguments: [
    (SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 16_000, 1), (SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48_000, 2),
    (SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16_000, 1), (SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 44_100, 6),
    (SF_FORMAT_WAV | SF_FORMAT_ALAW, 8_000, 1), (SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 16_000, 1),
  ])
  func oddFormatsAreRead(format: Int, rate: Int, channels: Int) throws {
    let path = folder("odd.wav")
    let tone = sine(500, seconds: 0.5, rate: rate)
    encode(
      tone.flatMap { [Float](repeating: $0, count: channels) }, to: path, rate: rate,
      channels: channels, format: format)
    let clip = try AudioFile.read(path)
    #expect(abs(clip.seconds - 0.5) < 0.04)
    #expect(abs(decibels(rms(clip.samples[1600..<6400]) / (0.5 / 2.0.squareRoot()))) < 0.5)
  }

  @Test func cutOffFLAC() throws {
    try AudioFile.write(noise(100_000), to: folder("a.flac"))
    let bytes = folder.bytes("a.flac")
    let path = folder.write(Array(bytes[..<(bytes.count / 2)]), to: "cut.flac")
    guard case .truncated(path, let found, 100_000) = error(path) else {
      Issue.record("\(String(describing: error(path)))")
      return
    }
    #expect((30_000..<51_000).contains(found))
  }

  /// Streams written into a pipe declare a placeholder; their sound is whole.
  @Test(arguments: [0x7FFF_F000, 0xFFFF_FFFF] as [UInt32])
  func lengthsThatArePlaceholders(declared: UInt32) throws {
    try AudioFile.write(noise(1000), to: folder("a.wav"), format: .wav)
    var bytes = folder.bytes("a.wav")
    for index in 0..<4 {
      bytes[40 + index] = UInt8(truncatingIfNeeded: declared >> (8 * UInt32(index)))
    }
    let path = folder.write(bytes, to: "stream.wav")
    #expect(try AudioFile.read(path) == noise(1000))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func samplesThatAreNotFinite(value: Float) {
    var samples = sine(440, seconds: 12)
    samples[150_000] = value
    let path = folder("float.wav")
    encode(samples, to: path, rate: 16_000, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT)
    #expect(error(path) == .notFinite(path: path, frame: 150_000))
  }

  @Test func samplesThatAreNotNormalized() {
    let path = folder("float.wav")
    encode([0, 1, -2000, 30_000], to: path, rate: 16_000, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT)
    #expect(error(path) == .notNormalized(path: path, frame: 2, found: 30_000, limit: 16))
  }

  @Test(arguments: [1, 1000, 2_000_000])
  func ratesThatNoRecordingHas(rate: Int) {
    let path = folder("rate.wav")
    encode([0, 0.1, 0.2], to: path, rate: rate, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16)
    #expect(
      error(path) == .unsupportedSampleRate(path: path, found: rate, allowed: 4_000...768_000))
  }

  /// Every way to damage a small file ends in samples or in an error, and no descriptor stays open.
  @Test(arguments: AudioFile.Format.allCases)
  func damagedFilesNeverCrash(format: AudioFile.Format) throws {
    try AudioFile.write(noise(300), to: folder("a"), format: format)
    let whole = folder.bytes("a")
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 0xFF
      _ = error(folder.write(bytes, to: "damaged"))
      _ = error(folder.write(Array(whole[..<index]), to: "cut"))
    }
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    #expect(descriptors.count < 200)
  }

  // MARK: - Writing

  @Test func writingLeavesNoTemporaryFile() throws {
    try AudioFile.write(noise(100), to: folder("a.flac"))
    try AudioFile.write(noise(200), to: folder("a.flac"))
    #expect(folder.names == ["a.flac"])
    #expect(try AudioFile.read(folder("a.flac")).samples.count == 200)
  }

  @Test func writingReportsWhatIsWrong() {
    let path = folder("no/such/folder/a.wav")
    #expect(throws: AudioError.cannotWrite(path: path, reason: "No such file or directory")) {
      try AudioFile.write(noise(10), to: path)
    }
    // A folder cannot be replaced by a file; the temporary file must not stay.
    mkdir(folder("taken"), 0o755)
    #expect(throws: AudioError.cannotWrite(path: folder("taken"), reason: "Is a directory")) {
      try AudioFile.write(noise(10), to: folder("taken"))
    }
    #expect(throws: AudioError.noSamples(path: folder("a.flac"))) {
      try AudioFile.write(AudioClip(samples: []), to: folder("a.flac"))
    }
    #expect(folder.names == ["taken"])
  }

  @Test(arguments: AudioFile.Format.allCases)
  func writtenBytesAreReproducible(format: AudioFile.Format) throws {
    try AudioFile.write(noise(5000), to: folder("a"), format: format)
    try AudioFile.write(noise(5000), to: folder("b"), format: format)
    #expect(folder.bytes("a") == folder.bytes("b"))
  }
}
