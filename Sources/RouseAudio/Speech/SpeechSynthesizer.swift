import Glibc

/// Speech from text, by eSpeak NG and Flite as separate programs.
///
/// Both are deterministic: the same version makes the same samples from the same text, voice and style.
package struct SpeechSynthesizer: Sendable {
  /// Where the programs' files stand while they are read.
  private let temporaryFolder: String

  package init(temporaryFolder: String = "/tmp") { self.temporaryFolder = temporaryFolder }

  /// `text` at 16 kHz, with the silence that the program puts around it.
  ///
  /// - Parameter text: printable ASCII; the callers' phrases are checked by `WakePhrase`.
  /// - Throws: errors of `Subprocess.run` and of `AudioFile.read`, `.noSamples` when nothing in `text` can be spoken.
  package func speak(
    _ text: String, _ voice: Voice, _ style: SpeechStyle = SpeechStyle()
  ) throws(AudioError) -> AudioClip {
    precondition(
      text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "text must be printable ASCII")
    let path = try temporaryFile()
    defer { unlink(path) }
    _ = try Subprocess.run(
      voice.program.rawValue, Self.arguments(text, voice, style, output: path))
    do {
      return try AudioFile.read(path)
    } catch .emptyFile {
      throw .noSamples(path: path)
    }
  }

  static func arguments(
    _ text: String, _ voice: Voice, _ style: SpeechStyle, output: String
  ) -> [String] {
    switch voice.program {
    case .espeak:
      // The program's own values are 175 words a minute and pitch 50 of 0...99. Measured on `en-us` of version 1.51,
      // pitch 20, 35, 65 and 80 give 0.76, 0.88, 1.17 and 1.38 times the frequency of 50: 70 steps an octave.
      let words = min(max(Int((175 * style.speed).rounded()), 80), 450)
      let pitch = min(max(Int((50 + 70 * log2(style.pitch)).rounded()), 0), 99)
      return ["-v", voice.name, "-s", "\(words)", "-p", "\(pitch)", "-w", output, "--", text]
    case .flite:
      let pitch = (VoiceCatalog.flitePitch[voice.name] ?? 120) * style.pitch
      return [
        "-voice", voice.name, "--setf", "duration_stretch=\(1 / style.speed)",
        "--setf", "int_f0_target_mean=\(pitch)", "-o", output, "-t", text,
      ]
    }
  }

  private func temporaryFile() throws(AudioError) -> String {
    var template = Array("\(temporaryFolder)/rouse-speech-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw .cannotWrite(path: temporaryFolder, reason: String(cString: strerror(errno)))
    }
    close(descriptor)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
