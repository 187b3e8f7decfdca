import Glibc

/// How eSpeak NG pronounces texts, to tell apart what only looks different.
enum Pronunciation {
  /// Phonemes of each text in each accent, one string per text. Equal strings are homophones.
  ///
  /// Stress and length marks are left out, and the two unstressed vowels that differ only before a written `r` are one.
  static func of(_ texts: [String], accents: [String]) throws(AudioError) -> [String] {
    try ParallelWork.map(texts.count) { (index) throws(AudioError) -> String in
      var spoken: [String] = []
      for accent in accents {
        let phonemes = try Subprocess.run(
          "espeak-ng", ["-v", accent, "-q", "-x", "--", texts[index]])
        spoken.append(folded(phonemes))
      }
      return spoken.joined(separator: "/")
    }
  }

  /// Marks of the phoneme notation without a sound of their own: stress, syllables, length and word boundaries.
  private static let marks: Set<Character> = ["'", ",", "%", "=", "_", "|", "-", ":", " ", "\n"]

  static func folded(_ phonemes: String) -> String {
    String(phonemes.filter { !marks.contains($0) }.map { $0 == "3" ? "@" : $0 })
  }
}
