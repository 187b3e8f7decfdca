/// How eSpeak NG pronounces texts, to tell apart what only looks different.
package enum Pronunciation {
  /// Texts asked for at a time: well below the 128 KiB that Linux allows an argument.
  private static let batch = 200

  /// Phonemes of each text in each accent, one string per text. Equal strings are homophones.
  ///
  /// Stress and length marks are left out, and the two unstressed vowels that differ only before a written `r` are one.
  package static func of(_ texts: [String], accents: [String]) throws(AudioError) -> [String] {
    var spoken = [String](repeating: "", count: texts.count)
    for accent in accents {
      for start in stride(from: 0, to: texts.count, by: batch) {
        let range = start..<min(start + batch, texts.count)
        for (index, line) in zip(range, try lines(Array(texts[range]), accent)) {
          spoken[index] += folded(line) + "/"
        }
      }
    }
    return spoken
  }

  /// The program prints a line for each paragraph. A text that it splits into several clauses breaks the count; then each
  /// text is asked for alone.
  private static func lines(_ texts: [String], _ accent: String) throws(AudioError) -> [String] {
    let lines = try phonemes(texts.map { $0 + "." }.joined(separator: "\n\n"), accent)
      .split(whereSeparator: \.isNewline).map(String.init)
    if lines.count == texts.count { return lines }
    return try ParallelWork.map(texts.count) { (index) throws(AudioError) -> String in
      try phonemes(texts[index], accent)
    }
  }

  private static func phonemes(_ text: String, _ accent: String) throws(AudioError) -> String {
    try Subprocess.run("espeak-ng", ["-v", accent, "-q", "-x", "--", text])
  }

  /// Marks of the phoneme notation without a sound of their own: stress, syllables, length and word boundaries.
  private static let marks: Set<Character> = ["'", ",", "%", "=", "_", "|", "-", ":", " ", "\n"]

  static func folded(_ phonemes: String) -> String {
    String(phonemes.filter { !marks.contains($0) }.map { $0 == "3" ? "@" : $0 })
  }
}
