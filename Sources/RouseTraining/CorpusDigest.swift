import RouseNumerics

/// One number for everything that training takes from a corpus.
enum CorpusDigest {
  /// SHA-256 of wake word, seed, and for each clip in order its name, role, source, split, speaker and samples.
  ///
  /// Where the files are does not matter.
  static func digest(_ corpus: Corpus, _ clips: [Clip], threads: Int) -> [UInt8] {
    let never: @Sendable () -> Bool = { false }
    let parts = ParallelMap.map(count: clips.count, threads: threads, isCancelled: never) {
      index -> [UInt8] in
      let clip = clips[index]
      let record = clip.record
      var hash = SHA256()
      let words = [
        record.name, record.role.rawValue, "\(record.source)", record.split.rawValue,
        record.speaker ?? "",
      ]
      hash.update(Array(words.joined(separator: "\n").utf8) + [0])
      hash.update(clip.samples.span.bytes)
      return hash.finish()
    }
    var hash = SHA256()
    hash.update(Array("\(corpus.wakeWord)\n\(corpus.seed)\n".utf8))
    for part in parts ?? [] { hash.update(part) }
    return hash.finish()
  }
}
