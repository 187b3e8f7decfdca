import Foundation
import RouseAudio
import RouseCompiler
import RouseNumerics
import RouseTraining
import Synchronization
import Testing

/// A whole run with its steps under simulated int8, from recordings on.
@Suite struct Int8RefinedRunTests {
  /// The wake word rises, everything else falls: four speakers of each.
  private func corpus(in folder: String) throws -> Corpus {
    var generator = SeededGenerator(seed: 11)
    for speaker in 0..<4 {
      for (name, from, to) in [("word", 500.0, 2500.0), ("other", 2500, 500)] {
        let chirp = (0..<6400).map { index -> Float in
          let t = Double(index) / 16_000
          let phase = from * t + (to - from) * t * t / 0.8
          return Float(0.4 * sin(2 * .pi * (1 + 0.1 * Double(speaker)) * phase))
        }
        let path = "\(folder)/\(name)/s\(speaker)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try AudioFile.write(
          AudioClip(samples: Timing.padded(chirp, before: 4800, after: 4800, &generator)),
          to: "\(path)/0.wav", format: .wav)
      }
    }
    let yaml = """
      wake_word: rise
      seed: 5
      sources:
        - {role: positive, folder: word}
        - {role: negative, folder: other}
      """
    try AtomicFile.write(yaml, to: "\(folder)/corpus.yaml")
    return try Corpus(file: "\(folder)/corpus.yaml")
  }

  private func files(_ folder: RunFolder) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let file = "\(folder.path)/\(name)"
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: file, isDirectory: &isFolder)
      if !isFolder.boolValue { found[name] = try Data(contentsOf: URL(fileURLWithPath: file)) }
    }
    return found
  }

  @Test func stoppedAmongItsLastStepsItEndsInTheSameBytes() throws {
    let folder = NSTemporaryDirectory() + "rouse-refined-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus(in: folder)
    let preset = try ToneRun.preset(
      steps: 25, rate: 0.01,
      changes: [
        ("positive_streams: 3000", "positive_streams: 8"),
        ("negative_hours: 2", "negative_hours: 0.005"),
        ("validation_hours: 0.5", "validation_hours: 0.005"), ("steps: 2500", "steps: 6"),
        ("warm_up_steps: 100", "warm_up_steps: 2"), ("validate_every: 250", "validate_every: 3"),
        ("simulated_rooms: 24", "simulated_rooms: 1"), ("clips: 300", "clips: 4"),
        ("search_every: 500", "search_every: 4"),
      ])
    let stage = try QuantizationAwareTraining()
    func run(
      _ name: String, threads: Int, resume: Bool = false,
      observer: TrainingObserver = TrainingObserver()
    ) throws -> RunSummary {
      try TrainingRun.execute(
        preset: preset, corpus: corpus, output: "\(folder)/\(name)", threads: threads,
        refine: stage.refine, resume: resume, observer: observer)
    }
    let whole = try run("whole", threads: 1)
    let recalls = try #require(try whole.folder.model().provenance.quantizationAware)
    #expect(whole.quantizationAware == .compared(recalls) && recalls.steps == 25)

    let isInside = Mutex(false)
    let stopped = try run(
      "parts", threads: 2,
      observer: TrainingObserver(
        progress: { report in
          if report.stage == .quantizationAware { isInside.withLock { $0 = true } }
        }, isCancelled: { isInside.withLock { $0 } }))
    #expect(stopped.outcome == .stopped && isInside.withLock { $0 })
    #expect(!FileManager.default.fileExists(atPath: stopped.folder.modelFile))
    let resumed = try run("parts", threads: 2, resume: true)
    #expect(resumed.outcome == .finished)
    let (expected, found) = (try files(whole.folder), try files(resumed.folder))
    #expect(expected.keys.sorted() == found.keys.sorted())
    for (name, content) in expected { #expect(found[name] == content, "\(name)") }
  }
}
