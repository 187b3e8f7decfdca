import Glibc
import RouseNumerics
import Synchronization

/// Speaks what a plan decided and writes the files of a demonstration corpus.
struct DemoWriter: Sendable {
  private let plan: DemoPlan
  private let synthesizer: SpeechSynthesizer
  private let folder: String
  private let meter: ProgressMeter

  init(
    _ plan: DemoPlan, _ synthesizer: SpeechSynthesizer, _ folder: String,
    _ report: @escaping @Sendable (DemoCorpus.Progress) -> Void
  ) {
    self.plan = plan
    self.synthesizer = synthesizer
    self.folder = folder
    let counts = plan.counts
    // A clip with its pauses takes about 1.5 seconds.
    let total =
      1.5 * Double(plan.clips.count) + counts.secondsPerStream * Double(counts.allStreams)
      + counts.noiseSeconds * Double(Self.noises.count)
    meter = ProgressMeter(total: total, report)
  }

  /// Writes every file; `corpus.yaml` is the last.
  func write() throws(AudioError) {
    for name in ["positive", "near_miss", "other_speech", "ambient", "noise", "rooms"] {
      try Folder.make("\(folder)/\(name)")
    }
    // Long files first, so that no lane ends with one.
    let streams = plan.counts.allStreams
    let noises = Self.noises.count
    let pieces = streams + noises + plan.counts.rooms + plan.clips.count
    _ = try ParallelWork.map(pieces) { (index) throws(AudioError) in
      if index < streams {
        try writeStream(index)
      } else if index < streams + noises {
        try writeNoise(index - streams)
      } else if index < streams + noises + plan.counts.rooms {
        try writeRoom(index - streams - noises)
      } else {
        try writeClip(index - streams - noises - plan.counts.rooms)
      }
    }
    try write(index, to: "index.csv")
    try write(corpus, to: "corpus.yaml")
  }

  // MARK: - Sound

  /// A generator for one file: files may be written in any order.
  private func generator(_ kind: UInt64, _ index: Int) -> SeededGenerator {
    SeededGenerator(seed: plan.seed, stream: kind << 32 | UInt64(index))
  }

  private func writeClip(_ index: Int) throws(AudioError) {
    let clip = plan.clips[index]
    var generator = generator(1, index)
    let spoken = try speak(clip.utterance, &generator)
    let padded = Timing.padded(
      spoken, before: Self.samples(0.15, 0.4, &generator),
      after: Self.samples(0.15, 0.4, &generator), &generator)
    try write(padded, to: clip.path)
    meter.add(1.5)
  }

  /// Speech over silence of 10 steps: these programs put true zeros between words, which no microphone does.
  private func speak(
    _ utterance: DemoPlan.Utterance, _ generator: inout SeededGenerator
  ) throws(AudioError) -> [Float] {
    let clip = try synthesizer.speak(utterance.text, utterance.voice, utterance.style)
    let quiet = Timing.quiet(clip.samples.count, &generator)
    return zip(Level.limited(clip.samples, peak: 0.9), quiet).map { $0 + $1 }
  }

  private static func samples(
    _ low: Float, _ high: Float, _ generator: inout SeededGenerator
  ) -> Int {
    Int(generator.uniform(low, high) * Float(AudioClip.standardSampleRate))
  }

  /// Sentences of test or validation speakers with pauses.
  private func writeStream(_ index: Int) throws(AudioError) {
    var generator = generator(2, index)
    let samples = try talk(
      streamSplit(index), seconds: plan.counts.secondsPerStream, firstTurn: index * 1000, &generator
    )
    try write(samples, to: Self.streamPath(index))
  }

  private func talk(
    _ split: DemoSplit, seconds: Double, firstTurn: Int, _ generator: inout SeededGenerator
  ) throws(AudioError) -> [Float] {
    let wanted = Int(seconds * Double(AudioClip.standardSampleRate))
    var samples: [Float] = []
    samples.reserveCapacity(wanted + 10 * AudioClip.standardSampleRate)
    var turn = firstTurn
    while samples.count < wanted {
      // Without test speakers, on a machine with almost no voices, training speakers talk.
      guard
        let voice = plan.speakers.voice(split, turn: turn, &generator)
          ?? plan.speakers.voice(.train, turn: turn, &generator)
      else { throw .noVoices(program: Voice.Program.espeak.rawValue) }
      let utterance = DemoPlan.Utterance(
        text: plan.sentences[generator.below(plan.sentences.count)], voice: voice,
        style: DemoPlan.style(&generator))
      let before = samples.count
      samples += try speak(utterance, &generator)
      samples += Timing.quiet(Self.samples(0.2, 1.5, &generator), &generator)
      turn += 1
      meter.add(Double(samples.count - before) / Double(AudioClip.standardSampleRate))
    }
    return samples
  }

  static let noises = ["white", "pink", "brown", "babble_1", "babble_2"]
  /// -20 dB of full scale; mixing decides the level.
  private static let noiseLevel: Float = 0.1
  /// Voices at a time: enough that no word stands out.
  private static let babblers = 5

  private func writeNoise(_ index: Int) throws(AudioError) {
    var generator = generator(3, index)
    let count = Int(plan.counts.noiseSeconds * Double(AudioClip.standardSampleRate))
    var samples = [Float](repeating: 0, count: count)
    if let colour = ColouredNoise(rawValue: Self.noises[index]) {
      samples = colour.samples(count, &generator)
      meter.add(plan.counts.noiseSeconds)
    } else {
      for babbler in 0..<Self.babblers {
        let voice = try talk(
          .train, seconds: plan.counts.noiseSeconds, firstTurn: 100 * index + 20 * babbler,
          &generator)
        for n in samples.indices { samples[n] += voice[n] }
      }
    }
    let gain = Self.noiseLevel / Float(max(Level.power(samples), 1e-12).squareRoot())
    try write(
      Level.limited(samples.map { $0 * gain }, peak: 0.9), to: "noise/\(Self.noises[index]).flac")
  }

  /// Reverberation of furnished rooms: 0.15 to 0.7 seconds.
  private func writeRoom(_ index: Int) throws(AudioError) {
    var generator = generator(4, index)
    let room = SimulatedRoom(t60: Double(generator.uniform(0.15, 0.7)), &generator)
    let response = room.response(&generator)
    try write(Level.limited(response.map { $0 * 0.9 }, peak: 0.9), to: "rooms/room_\(index).flac")
  }

  private func write(_ samples: [Float], to name: String) throws(AudioError) {
    try AudioFile.write(AudioClip(samples: samples), to: "\(folder)/\(name)")
  }

  // MARK: - Text

  private func streamSplit(_ index: Int) -> DemoSplit {
    index < plan.counts.ambientStreams ? .test : .validation
  }

  private static func streamPath(_ index: Int) -> String { "ambient/stream_\(index).flac" }

  private func write(_ text: String, to name: String) throws(AudioError) {
    do throws(FileError) {
      try AtomicFile.write(text, to: "\(folder)/\(name)")
    } catch {
      throw .cannotWrite(path: error.path, reason: error.reason)
    }
  }

  private var index: String {
    let clips = plan.clips.map {
      [$0.path, $0.label, $0.utterance.voice.speaker, $0.split.rawValue, $0.utterance.text]
    }
    let streams = (0..<plan.counts.allStreams).map {
      [Self.streamPath($0), DemoPlan.ambientLabel, "-", streamSplit($0).rawValue, ""]
    }
    let rows = [["path", "label", "speaker", "split", "text"]] + clips + streams
    return rows.map { $0.map(Self.field).joined(separator: ",") + "\n" }.joined()
  }

  /// Quoted when it has to be (RFC 4180).
  private static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  /// Quotation marks keep phrases such as "no" from being read as something other than text.
  private var corpus: String {
    """
    # Synthetic speech for the wake phrase "\(plan.phrase)". Made by a program: changes are lost.
    wake_word: "\(plan.phrase)"
    seed: \(plan.seed & 0x7FFF_FFFF)
    sources:
      - {role: positive, index: index.csv, where: {label: ["\(plan.phrase)"]}}
      - {role: negative, index: index.csv, where: {label: [\(DemoPlan.nearMissLabel)]}, weight: 0.3}
      - {role: negative, index: index.csv, where: {label: [\(DemoPlan.otherSpeechLabel)]}}
      - {role: ambient, index: index.csv, where: {label: [\(DemoPlan.ambientLabel)]}}
      - {role: noise, folder: noise}
      - {role: impulse, folder: rooms}

    """
  }
}

/// Adds up finished seconds from all threads and reports each change.
private final class ProgressMeter: Sendable {
  private let done = Mutex(0.0)
  private let total: Double
  private let report: @Sendable (DemoCorpus.Progress) -> Void

  init(total: Double, _ report: @escaping @Sendable (DemoCorpus.Progress) -> Void) {
    self.total = total
    self.report = report
  }

  func add(_ seconds: Double) {
    done.withLock { done in
      done = min(done + seconds, total)
      report(DemoCorpus.Progress(done: done, total: total))
    }
  }
}

extension FileError {
  /// The system's text.
  fileprivate var reason: String { String(cString: strerror(code)) }
}
