import ArgumentParser
import Foundation
import RouseAudio
import RouseCompiler
import RouseRuntime

/// `arecord -f S16_LE -r 16000 -c 1 -t raw | rouse listen MODEL`, `rouse listen MODEL FILE`
struct ListenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "listen",
    abstract: "Hear a microphone or a file in real time and say when the word is detected.",
    discussion: """
      Without a file, standard input is read: raw 16-bit little-endian samples, one channel, 16 kHz. A WAV header is \
      recognised, and refused when it says something else.

        arecord -f S16_LE -r 16000 -c 1 -t raw | rouse listen out/hey_nova/hey_nova.json
        rouse listen okay_nabu.tflite kitchen.flac --cutoff 0.97

      On a terminal one line shows the probability; detections are printed above it. Exit code 0 at the end of the input, \
      130 after Ctrl-C.
      """)

  @Argument(
    help: ArgumentHelp(
      "A .tflite, a manifest, a bundle's folder or a run folder.", valueName: "model"))
  var model: String

  @Argument(help: "A recording to play instead of standard input.")
  var file: String?

  @Option(help: "How fast a file is played: 1 is real time, max does not wait.")
  var speed = "1"

  @Option(help: "The cutoff, above 0 and below 1, instead of the manifest's.")
  var cutoff: Double?

  @Option(help: "Probabilities in the window, 1 to 255, instead of the manifest's.")
  var window: Int?

  @Option(help: ArgumentHelp("The detection rule: \(DetectionRule.forms).", valueName: "rule"))
  var rule = "esphome"

  @Option(help: "Milliseconds after a detection in which another one does not count.")
  var lockoutMs = 0

  @Flag(help: "Print plain lines, one for each second and each detection, also on a terminal.")
  var plain = false

  func validate() throws {
    if speed != "max", Double(speed).map({ $0 > 0 && $0 <= 1000 }) != true {
      throw ValidationError("--speed is `\(speed)`, expected a number above 0 or max")
    }
    if let cutoff, !(cutoff > 0 && cutoff < 1) {
      throw ValidationError("--cutoff is \(cutoff), expected a number between 0 and 1")
    }
    if let window, !(1...255).contains(window) {
      throw ValidationError("--window is \(window), expected 1 to 255")
    }
    guard DetectionRule.parse(rule, window: 5) != nil else {
      throw ValidationError("--rule is `\(rule)`, expected \(DetectionRule.forms)")
    }
    guard (0...600_000).contains(lockoutMs) else {
      throw ValidationError("--lockout-ms is \(lockoutMs), expected 0 to 600000")
    }
  }

  func run() throws {
    let interruption = Interruption()
    let heard = try located(model) { try EvaluatedModel(at: model) }
    let settings = try settings(of: heard)
    var listener = Listener(
      heard, rule: settings.rule, cutoff: settings.cutoff, lockoutMilliseconds: lockoutMs)
    var screen = ListenScreen(
      isLive: !plain && isatty(STDOUT_FILENO) == 1, cutoff: Int(settings.cutoff))
    Terminal.note(
      "\(heard.wakeWord.map { "“\($0)”: " } ?? "")\(settings.rule.text(cutoff: settings.cutoff))")
    let isStopped = { interruption.isRequested }
    if let file {
      try play(file, &listener, &screen, isStopped)
    } else {
      guard isatty(STDIN_FILENO) == 0 else {
        throw Diagnostic(
          message: "standard input is the keyboard, expected sound",
          help: "arecord -f S16_LE -r 16000 -c 1 -t raw | rouse listen \(self.model)")
      }
      try RawSound().read(isStopped) { screen.show(listener.hear($0), listener) }
    }
    screen.finish(listener)
    if interruption.isRequested { throw ExitCode.interrupted }
  }

  private func settings(of model: EvaluatedModel) throws -> (rule: DetectionRule, cutoff: UInt8) {
    let window = window ?? model.detection?.window ?? 5
    let parsed = DetectionRule.parse(rule, window: window)
    let stated = parsed?.cutoff ?? cutoff.map(StreamingDetector.quantizedCutoff)
    guard let code = stated ?? model.detection.map({ UInt8(clamping: $0.cutoff) }) else {
      throw CompilerError.noCutoff(manifest: nil)
    }
    return (parsed?.rule ?? .esphome(window: window), code)
  }

  /// Blocks of 0.1 s, each when its time has come.
  private func play(
    _ file: String, _ listener: inout Listener, _ screen: inout ListenScreen,
    _ isStopped: () -> Bool
  ) throws {
    let reader = try AudioFile.blocks(file)
    let started = ContinuousClock.now
    let block = AudioClip.standardSampleRate / 10
    var heard = 0
    while let samples = try reader.next() {
      for start in stride(from: 0, to: samples.count, by: block) {
        if isStopped() { return }
        let part = samples[start..<min(start + block, samples.count)].map(AudioClip.int16)
        heard += part.count
        if let factor = Double(speed) {
          let due = Double(heard) / Double(AudioClip.standardSampleRate) / factor
          Thread.sleep(forTimeInterval: max(0, due - (ContinuousClock.now - started) / .seconds(1)))
        }
        screen.show(listener.hear(part), listener)
      }
    }
  }
}
