import Glibc
import RouseNumerics

/// A corpus for a wake phrase made of synthetic voices, so that a first model needs no recordings.
///
/// It shows that everything works and gives a model that hears synthetic speech. A model for people needs their
/// recordings.
package enum DemoCorpus {
  /// Raise it when the same phrase, seed and counts give other files: corpora made before are then not reused.
  static let version = 3

  package struct Progress: Hashable, Sendable {
    /// Seconds of sound that are finished, and that there will be, roughly.
    package var done: Double
    package var total: Double
  }

  /// Makes the corpus in a folder of its own below `cache`, or finds it there, and returns the path of its `corpus.yaml`.
  ///
  /// | file | holds |
  /// |---|---|
  /// | `corpus.yaml` | wake word, seed, sources |
  /// | `index.csv` | `path,label,speaker,split,text` |
  /// | `positive/`, `near_miss/`, `other_speech/` | clips; speakers are divided among the splits |
  /// | `ambient/` | streams of test and validation speakers, without the phrase |
  /// | `noise/`, `rooms/` | coloured noise, babble of training speakers; simulated rooms |
  ///
  /// The folder's name is made of everything that decides its content: phrase, seed, counts, versions. It is built under
  /// another name and renamed when it is complete, so what stands there is whole.
  ///
  /// - Parameter progress: called from one thread at a time.
  /// - Throws: `.missingProgram` without eSpeak NG (without Flite there are fewer voices); `.cannotWrite`.
  package static func build(
    phrase: WakePhrase, seed: UInt64, counts: DemoCounts = DemoCounts(), into cache: String,
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(AudioError) -> String {
    try Folder.make(cache)
    let synthesizer = SpeechSynthesizer()
    let versions = try VoiceCatalog.installedVersions()
    let name = name(phrase, seed, counts, versions)
    let finished = "\(cache)/\(name)"
    if isFile("\(finished)/corpus.yaml") { return "\(finished)/corpus.yaml" }

    Folder.removeLeftovers(of: name, in: cache)
    let building = "\(cache)/\(Folder.temporaryName(for: name))"
    try Folder.make(building)
    do throws(AudioError) {
      let catalog = try VoiceCatalog.installed(synthesizer)
      let plan = try plan(phrase, seed, counts, catalog)
      try DemoWriter(plan, synthesizer, building, progress).write()
    } catch {
      Folder.remove(building)
      throw error
    }
    // A folder without its corpus file is one that someone began to delete.
    Folder.remove(finished)
    guard rename(building, finished) == 0 else {
      let reason = String(cString: strerror(errno))
      Folder.remove(building)
      throw .cannotWrite(path: finished, reason: reason)
    }
    return "\(finished)/corpus.yaml"
  }

  /// Leaves out what cannot be told from the phrase by ear.
  private static func plan(
    _ phrase: WakePhrase, _ seed: UInt64, _ counts: DemoCounts, _ catalog: VoiceCatalog
  ) throws(AudioError) -> DemoPlan {
    // More near misses than that are repetitions of one rule.
    let nearMisses = Array(NearMisses.of(phrase).prefix(120))
    let words = NeutralSpeech.words.filter { !phrase.occurs(in: $0) }
    let accents = Array(catalog.accents.prefix(2))
    let spoken = try Pronunciation.of([phrase.description] + nearMisses + words, accents: accents)
    let homophones = Set(
      zip(nearMisses + words, spoken.dropFirst()).filter { $0.1 == spoken[0] }.map(\.0))
    return DemoPlan(
      phrase, seed: seed, counts: counts, speakers: DemoSpeakers(catalog, seed: seed),
      nearMisses: nearMisses.filter { !homophones.contains($0) },
      words: words.filter { !homophones.contains($0) })
  }

  /// `hey-nova-` and 64 bits of FNV-1a over everything that decides the content.
  static func name(
    _ phrase: WakePhrase, _ seed: UInt64, _ counts: DemoCounts, _ versions: [String]
  ) -> String {
    let numbers: [Any] = [
      version, seed, counts.positives, counts.nearMisses, counts.otherSpeech,
      counts.ambientMinutes, counts.ambientStreams, counts.rooms, counts.noiseSeconds,
    ]
    let key = ([phrase.description] + numbers.map { "\($0)" } + versions).joined(separator: "\n")
    // Offset basis and prime of FNV-1a, 64 bits (Fowler, Noll, Vo).
    let hash = key.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    let digits = String(hash, radix: 16)
    let padding = String(repeating: "0", count: 16 - digits.count)
    return "\(phrase.words.joined(separator: "-"))-\(padding)\(digits)"
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
