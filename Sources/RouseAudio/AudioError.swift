/// What can be wrong with a sound file, a folder of them, or a speech program.
///
/// Frames are counted at the file's own sample rate; one frame holds a sample of every channel.
public enum AudioError: Error, Hashable, Sendable {
  /// The file or folder cannot be opened or read; `reason` is the system's text ("No such file or directory").
  case unreadable(path: String, reason: String)
  /// A folder stands where a sound file was expected.
  case isFolder(path: String)
  /// A sound file, pipe or device stands where a folder was expected, or a pipe or device where a file was.
  case wrongKind(path: String, expected: String)
  /// The file has no bytes at all.
  case emptyFile(path: String)
  /// No format that libsndfile knows (WAV, FLAC, Ogg Vorbis, Ogg Opus, MP3, ...); `reason` is libsndfile's text.
  case notAudio(path: String, reason: String)
  /// A readable header and not one sample after it.
  case noSamples(path: String)
  /// The file ends before the length its header declares: usually a copy or a download that was cut off.
  case truncated(path: String, foundFrames: Int, expectedFrames: Int)
  /// Decoding failed in the middle, after `frame` frames; `reason` is libsndfile's text.
  case corrupt(path: String, frame: Int, reason: String)
  /// A NaN or an infinity at `frame`: the program that wrote this floating-point file had a fault.
  case notFinite(path: String, frame: Int)
  /// A floating-point file whose samples are not scaled to `[-1, 1]`: divide them by the full scale they were made for.
  case notNormalized(path: String, frame: Int, found: Float, limit: Float)
  /// The header's sample rate is outside what speech can be made of.
  case unsupportedSampleRate(path: String, found: Int, allowed: ClosedRange<Int>)
  /// More than `limitSeconds` of sound for a call that holds it all in memory: split the file, or use it as an ambient
  /// stream, which is read block by block.
  case tooLong(path: String, limitSeconds: Double)
  /// The file could not be written; nothing stands at `path` that was not there before.
  case cannotWrite(path: String, reason: String)

  // MARK: - Speech

  /// A program is not installed or not in `PATH`: name the package (`espeak-ng`, `flite`).
  case missingProgram(name: String)
  /// A program ended with a status other than 0; `message` is what it wrote to standard error.
  case programFailed(name: String, arguments: [String], status: Int, message: String)
  /// A program did not end in time and was stopped.
  case programTimedOut(name: String, arguments: [String], seconds: Double)
  /// The program is installed without a single English voice.
  case noVoices(program: String)
  /// The wake phrase cannot be synthesized.
  case wrongPhrase(String, WakePhrase.Problem)
}
