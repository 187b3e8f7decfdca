import RouseNumerics

/// One number for everything that training takes from a corpus.
///
/// SHA-256 of wake word, seed, and for each clip in order of the SHA-256 of its name, role, source, split, speaker and
/// samples; and of the weights of the sources when one differs from 1. Where the files are does not matter.
enum CorpusDigest {
  static func digest(_ corpus: Corpus, _ clips: [Clip]) -> [UInt8] {
    var hash = SHA256()
    hash.update(Array("\(corpus.wakeWord)\n\(corpus.seed)\n".utf8))
    let weights = corpus.sources.map(\.weight)
    if weights.contains(where: { $0 != 1 }) { hash.update(Array("\(weights)\n".utf8)) }
    for clip in clips { hash.update(clip.digest) }
    return hash.finish()
  }

  /// The beginning of a clip's digest; its samples come next.
  static func begin(_ record: ClipRecord) -> SHA256 {
    var hash = SHA256()
    let words = [
      record.name, record.role.rawValue, "\(record.source)", record.split.rawValue,
      record.speaker ?? "",
    ]
    hash.update(Array(words.joined(separator: "\n").utf8) + [0])
    return hash
  }
}
