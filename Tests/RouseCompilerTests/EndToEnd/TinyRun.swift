import Foundation
import RouseAudio
import RouseCompiler
import RouseTraining

/// A small network trained on a few minutes of synthetic speech, in seconds, and its bundle: made once, used by every
/// end-to-end test of this process.
enum TinyRun {
  struct Made: Sendable {
    var folder: String
    var run: String
    var bundle: String
    var request: CompilationRequest
    var result: Compilation
  }

  private static let shared = Result { try make() }

  static func made() throws -> Made { try shared.get() }

  private static func make() throws -> Made {
    removeAbandoned()
    let folder = prefix + "\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let run = "\(folder)/run"
    try train(into: run, corpusFolder: folder)
    let bundle = "\(folder)/bundle"
    let request = try RunCompilation(folder: run, target: "esp32-s3-n16r8")
      .request(name: nil, output: bundle)
    guard let result = try Pipeline(request).run() else { throw CancellationError() }
    return Made(folder: folder, run: run, bundle: bundle, request: request, result: result)
  }

  private static let prefix = NSTemporaryDirectory() + "rouse-tests-run-"

  /// Removes what earlier test processes left.
  private static func removeAbandoned() {
    let parent = NSTemporaryDirectory()
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
      let path = parent + name
      guard path.hasPrefix(prefix), let process = Int32(path.dropFirst(prefix.count)),
        kill(process, 0) != 0
      else { continue }
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  /// Speaks the corpus (or finds it) and trains; the same bytes every time.
  static func train(into run: String, corpusFolder: String) throws {
    var counts = DemoCounts()
    counts.positives = 60
    counts.nearMisses = 30
    counts.otherSpeech = 40
    counts.ambientMinutes = 1
    counts.ambientStreams = 1
    counts.rooms = 2
    counts.noiseSeconds = 5
    let corpus = try DemoCorpus.build(
      phrase: try WakePhrase("hey nova"), seed: 3, counts: counts, into: corpusFolder)
    let summary = try TrainingRun.execute(
      preset: try preset(), corpus: try Corpus(file: corpus), output: run, threads: 2)
    guard summary.outcome == .finished else { throw CancellationError() }
  }

  /// The demo preset with fewer of everything.
  private static func preset() throws -> Preset {
    var yaml = try Preset(named: "demo").source
    for (old, new) in [
      ("positive_streams: 3000", "positive_streams: 60"),
      ("negative_hours: 2", "negative_hours: 0.1"),
      ("validation_hours: 0.5", "validation_hours: 0.1"),
      ("steps: 2500", "steps: 40"), ("warm_up_steps: 100", "warm_up_steps: 5"),
      ("validate_every: 250", "validate_every: 20"), ("simulated_rooms: 24", "simulated_rooms: 2"),
      ("clips: 300", "clips: 20"), ("batch: 128", "batch: 32"),
    ] {
      guard yaml.contains(old) else { throw CancellationError() }
      yaml = yaml.replacingOccurrences(of: old, with: new)
    }
    return try Preset(yaml: yaml, file: "tiny.yaml")
  }
}
