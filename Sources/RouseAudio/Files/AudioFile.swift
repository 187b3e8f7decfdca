import CSndfile
import Glibc

/// Sound files, through libsndfile: WAV, FLAC, Ogg Vorbis, Ogg Opus, MP3 and whatever else it knows.
package enum AudioFile {
  /// Longest file that `read` takes: 230 MB of samples. A longer one is an ambient recording, which `blocks` reads.
  package static let longestClipSeconds = 3600.0

  /// The whole file: channels averaged, resampled to `sampleRate`.
  ///
  /// A 16-bit mono file at `sampleRate` is returned exactly. Memory follows what the file holds, not what its header
  /// declares, and ends at `longestSeconds`.
  package static func read(
    _ path: String, sampleRate: Int = AudioClip.standardSampleRate,
    longestSeconds: Double = longestClipSeconds
  ) throws(AudioError) -> AudioClip {
    let reader = try blocks(path, sampleRate: sampleRate)
    let limit = Int(longestSeconds * Double(sampleRate))
    var samples: [Float] = []
    while let block = try reader.next() {
      guard samples.count + block.count <= limit else {
        throw .tooLong(path: path, limitSeconds: longestSeconds)
      }
      samples.append(contentsOf: block)
    }
    return AudioClip(samples: samples, sampleRate: sampleRate)
  }

  /// The file block by block, for recordings of many hours.
  package static func blocks(
    _ path: String, sampleRate: Int = AudioClip.standardSampleRate
  ) throws(AudioError) -> AudioBlockReader {
    try AudioBlockReader(path, sampleRate: sampleRate)
  }

  /// File formats that `write` makes, both 16 bits a sample.
  package enum Format: String, Sendable, CaseIterable {
    case wav
    case flac
  }

  /// Writes 16-bit samples to `path`: whole and under its name, or not at all.
  ///
  /// The bytes depend on the samples, the rate, the format and the version of libsndfile.
  ///
  /// - Throws: `.noSamples` for an empty clip, which FLAC cannot hold; `.cannotWrite`.
  package static func write(
    _ clip: AudioClip, to path: String, format: Format = .flac
  ) throws(AudioError) {
    guard !clip.samples.isEmpty else { throw .noSamples(path: path) }
    let temporary = "\(path).\(getpid()).partial"
    let descriptor = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    let problem = encode(clip, format, descriptor) ?? commit(descriptor, temporary, path)
    close(descriptor)
    if let problem {
      unlink(temporary)
      throw .cannotWrite(path: path, reason: problem)
    }
  }

  /// Fills the open file; returns what went wrong.
  private static func encode(_ clip: AudioClip, _ format: Format, _ descriptor: Int32) -> String? {
    let container = format == .wav ? SF_FORMAT_WAV : SF_FORMAT_FLAC
    var info = SF_INFO()
    info.samplerate = Int32(clip.sampleRate)
    info.channels = 1
    info.format = Int32(container | SF_FORMAT_PCM_16)
    guard let handle = sf_open_fd(descriptor, Int32(SFM_WRITE), &info, 0) else {
      return String(cString: sf_strerror(nil))
    }
    let written = clip.int16.withUnsafeBufferPointer {
      Int(sf_write_short(handle, $0.baseAddress, sf_count_t($0.count)))
    }
    let reason = written == clip.samples.count ? nil : String(cString: sf_strerror(handle))
    return sf_close(handle) == 0 ? reason : reason ?? "libsndfile could not finish the file"
  }

  private static func commit(_ descriptor: Int32, _ temporary: String, _ path: String) -> String? {
    if fsync(descriptor) != 0 || rename(temporary, path) != 0 {
      return String(cString: strerror(errno))
    }
    return nil
  }
}
