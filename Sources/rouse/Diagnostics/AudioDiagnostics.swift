import Foundation
import RouseAudio

extension AudioError: Diagnosable {
  var diagnostic: Diagnostic {
    switch self {
    case .unreadable(let path, let reason):
      Diagnostic(message: "cannot read the sound file: \(reason)", location: path)
    case .isFolder(let path):
      Diagnostic(message: "found a folder, expected a sound file", location: path)
    case .wrongKind(let path, let expected):
      Diagnostic(message: "expected \(expected)", location: path)
    case .emptyFile(let path):
      Diagnostic(
        message: "the file is empty (0 bytes), expected a sound file", location: path,
        help: "record or copy it again, or remove it")
    case .notAudio(let path, let reason):
      Diagnostic(
        message: "not a sound file that Rouse can read", location: path,
        notes: ["libsndfile says: \(reason)"], help: "use WAV, FLAC, Ogg (Vorbis, Opus) or MP3")
    case .noSamples(let path):
      Diagnostic(message: "the file has a header and no sound", location: path)
    case .truncated(let path, let found, let expected):
      Diagnostic(
        message: "the file ends after \(found) of \(expected) frames", location: path,
        help: "it was cut short; copy or download it again")
    case .corrupt(let path, let frame, let reason):
      Diagnostic(
        message: "cannot decode the sound after frame \(frame)", location: path,
        notes: ["libsndfile says: \(reason)"],
        help: "the file is damaged; copy or download it again")
    case .notFinite(let path, let frame):
      Diagnostic(
        message: "found a sample that is not a number at frame \(frame)", location: path,
        help: "the program that wrote this floating-point file had a fault; write it again")
    case .notNormalized(let path, let frame, let found, let limit):
      Diagnostic(
        message: "found the sample \(found) at frame \(frame), expected at most ±\(limit)",
        location: path, help: "divide the samples by the full scale they were made for")
    case .unsupportedSampleRate(let path, let found, let allowed):
      Diagnostic(
        message:
          "the sample rate is \(found) Hz, expected \(allowed.lowerBound) to \(allowed.upperBound) Hz",
        location: path)
    case .tooLong(let path, let limit):
      Diagnostic(
        message: "the recording is longer than \(Int(limit)) s, too long for this use",
        location: path, help: "cut it into clips, or list it under the role `ambient`")
    case .cannotWrite(let path, let reason):
      Diagnostic(message: "cannot write the sound file: \(reason)", location: path)
    case .missingProgram(let name):
      Diagnostic(
        message: "the program `\(name)` is not installed or not in PATH",
        help: "install it: apt-get install \(name)")
    case .programFailed(let name, let arguments, let status, let message):
      Diagnostic(
        message: "`\(name)` failed with status \(status)",
        notes: ["arguments: \(arguments.joined(separator: " "))", "it says: \(message)"])
    case .programTimedOut(let name, let arguments, let seconds):
      Diagnostic(
        message: "`\(name)` did not end within \(Int(seconds)) s and was stopped",
        notes: ["arguments: \(arguments.joined(separator: " "))"])
    case .noVoices(let program):
      Diagnostic(
        message: "`\(program)` has no English voice", help: "install its voices and try again")
    case .wrongPhrase(let phrase, let problem):
      Diagnostic(message: "the phrase \"\(phrase)\" cannot be spoken: \(problem.text)")
    }
  }
}

extension WakePhrase.Problem {
  fileprivate var text: String {
    switch self {
    case .empty: "it is empty"
    case .tooLong(let characters, let limit):
      "it has \(characters) characters, at most \(limit) are allowed"
    case .controlCharacter(let code): "it holds the control character U+\(String(code, radix: 16))"
    case .character(let character):
      "it holds `\(character)`; use English letters and write numbers as words"
    case .noLetters: "it has no letters"
    }
  }
}
