import CSndfile
import Glibc

/// An open sound file, read forward as averaged channels at the file's own sample rate.
///
/// The file is opened by us and passed on as a descriptor: libsndfile then judges by content alone and never by the name,
/// which would turn any `.raw` or `.gsm` file into sound.
final class SoundFile {
  /// Rates of files that can hold speech: telephone recordings begin at 8 kHz, studio converters end at 768 kHz.
  static let sampleRates = 4_000...768_000
  /// 24 dB over full scale. Decoders overshoot by 1 or 2 dB; only samples that were never normalized exceed this.
  static let peakLimit: Float = 16
  /// Samples decoded at a time, over all channels: 512 KiB.
  private static let blockSamples = 131_072
  /// Frames decoded at a time when the header promises fewer, which it may do wrongly.
  private static let fewestFrames = 4096

  let path: String
  let sampleRate: Int
  let channels: Int
  /// Frames that the header promises; nil when the format does not say.
  let declaredFrames: Int?
  private(set) var framesRead = 0

  private let handle: OpaquePointer
  private var interleaved: [Float]

  init(path: String) throws(AudioError) {
    let descriptor = try openRegularFile(path)
    let declared = WAVLength(descriptor: descriptor)
    var info = SF_INFO()
    // With a true last argument libsndfile owns the descriptor, also when it fails.
    guard let handle = sf_open_fd(descriptor, Int32(SFM_READ), &info, 1) else {
      throw .notAudio(path: path, reason: String(cString: sf_strerror(nil)))
    }
    let rate = Int(info.samplerate)
    let problem: AudioError? =
      if !Self.sampleRates.contains(rate) {
        .unsupportedSampleRate(path: path, found: rate, allowed: Self.sampleRates)
      } else if let declared, declared.isCutOff {
        .truncated(
          path: path, foundFrames: declared.foundFrames, expectedFrames: declared.declaredFrames)
      } else if info.frames == 0 || info.channels < 1 {
        .noSamples(path: path)
      } else {
        nil
      }
    if let problem {
      sf_close(handle)
      throw problem
    }
    self.handle = handle
    self.path = path
    sampleRate = rate
    channels = Int(info.channels)
    declaredFrames = info.frames < 0 || info.frames == Int64.max ? nil : Int(info.frames)
    // A corpus of words is read file by file: most need a small part of a block.
    let most = max(1, Self.blockSamples / channels)
    let frames = min(most, max(Self.fewestFrames, declaredFrames ?? most))
    interleaved = [Float](repeating: 0, count: frames * channels)
  }

  deinit { sf_close(handle) }

  /// The next block, channels averaged; nil at the end of the file.
  ///
  /// - Throws: `.corrupt`, `.notFinite`, `.notNormalized`; at the end `.noSamples` or `.truncated`.
  func next() throws(AudioError) -> [Float]? {
    let wanted = interleaved.count / channels
    let got = interleaved.withUnsafeMutableBufferPointer { buffer in
      Int(sf_readf_float(handle, buffer.baseAddress, sf_count_t(wanted)))
    }
    guard got > 0 else {
      try checkEnd()
      return nil
    }
    let mono = try averaged(frames: got)
    framesRead += got
    return mono
  }

  private func checkEnd() throws(AudioError) {
    // A cut-off file may also raise a decoder error; missing frames tell the user more than the decoder's text does.
    if let expected = declaredFrames, framesRead < expected {
      throw .truncated(path: path, foundFrames: framesRead, expectedFrames: expected)
    }
    if sf_error(handle) != 0 {
      throw .corrupt(
        path: path, frame: framesRead, reason: String(cString: sf_strerror(handle)))
    }
    if framesRead == 0 { throw .noSamples(path: path) }
  }

  private func averaged(frames: Int) throws(AudioError) -> [Float] {
    let scale = 1 / Float(channels)
    var mono = [Float](repeating: 0, count: frames)
    var peak: Float = 0
    for frame in 0..<frames {
      var sum: Float = 0
      for channel in 0..<channels { sum += interleaved[frame * channels + channel] }
      let value = channels == 1 ? sum : sum * scale
      mono[frame] = value
      // A NaN fails every comparison, so the negated one keeps it in `peak`.
      if !(abs(value) <= peak) { peak = abs(value) }
      if !peak.isFinite { throw .notFinite(path: path, frame: framesRead + frame) }
    }
    if peak > Self.peakLimit, let frame = mono.firstIndex(where: { abs($0) > Self.peakLimit }) {
      throw .notNormalized(
        path: path, frame: framesRead + frame, found: peak, limit: Self.peakLimit)
    }
    return mono
  }
}

/// A descriptor for reading the file at `path`, which is a regular file with at least one byte.
private func openRegularFile(_ path: String) throws(AudioError) -> Int32 {
  // Non-blocking: opening a pipe that nobody writes would wait for ever.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else {
    throw .unreadable(path: path, reason: String(cString: strerror(errno)))
  }
  var status = stat()
  let problem: AudioError? =
    if fstat(descriptor, &status) != 0 {
      .unreadable(path: path, reason: String(cString: strerror(errno)))
    } else if status.st_mode & S_IFMT == S_IFDIR {
      .isFolder(path: path)
    } else if status.st_mode & S_IFMT != S_IFREG {
      .wrongKind(path: path, expected: "file")
    } else if status.st_size == 0 {
      .emptyFile(path: path)
    } else {
      nil
    }
  if let problem {
    close(descriptor)
    throw problem
  }
  return descriptor
}
