/// Phrases that sound almost like a wake phrase: what a detector most easily confuses with it.
///
/// Made from the spelling, by rule, so the same phrase always gives the same list:
///
/// | rule | "hey nova" gives |
/// |---|---|
/// | a word left out, each word alone | "nova", "hey" |
/// | order reversed, neighbours exchanged | "nova hey" |
/// | another beginning (rhymes) | "hey bova", "day nova" |
/// | another vowel | "hey nava", "hoy nova" |
/// | a related consonant inside or at the end | "hey nofa" |
/// | the end cut off | "hey no" |
/// | a common word in place of one | "okay nova", "hey there" |
///
/// The rules take turns, so any beginning of the list holds some of each. A spelling may still sound like the phrase
/// itself ("hay nova"): compare pronunciations before using one as a negative (`Pronunciation`).
package enum NearMisses {
  package static func of(_ phrase: WakePhrase) -> [String] {
    let words = phrase.words
    let rules = [
      withoutWord(words) + words.map { [$0] },
      reordered(words),
      replacing(words, by: otherBeginnings),
      replacing(words, by: otherVowels),
      replacing(words, by: otherConsonants),
      replacing(words, by: { cutOff($0) }),
      replacing(words, by: { _ in commonWords }),
    ]
    var seen: Set<String> = [phrase.description]
    var result: [String] = []
    for turn in 0..<(rules.map(\.count).max() ?? 0) {
      for rule in rules where turn < rule.count {
        let text = rule[turn].joined(separator: " ")
        if !text.isEmpty, !phrase.occurs(in: text), seen.insert(text).inserted {
          result.append(text)
        }
      }
    }
    return result
  }

  private static let vowels = ["a", "e", "i", "o", "u", "ee", "oo", "ai", "ow"]
  private static let onsets = [
    "b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "sh", "ch",
    "st", "br",
  ]
  private static let commonWords = [
    "okay", "there", "hello", "maybe", "never", "say", "now", "over", "play", "mother", "no",
    "today", "water", "hey", "you",
  ]
  /// Consonants that differ in voicing or place only.
  private static let related: [Character: String] = [
    "b": "p", "p": "b", "d": "t", "t": "d", "g": "k", "k": "g", "c": "g", "q": "g", "v": "f",
    "f": "v", "z": "s", "s": "z", "m": "n", "n": "m", "l": "r", "r": "l", "j": "ch", "x": "s",
  ]

  private static func isVowel(_ letter: Character) -> Bool { "aeiouy".contains(letter) }

  private static func withoutWord(_ words: [String]) -> [[String]] {
    words.count < 2
      ? [] : words.indices.map { Array(words[..<$0] + words[($0 + 1)...]) }
  }

  private static func reordered(_ words: [String]) -> [[String]] {
    guard words.count > 1 else { return [] }
    return [words.reversed()]
      + words.indices.dropLast().map {
        var other = words
        other.swapAt($0, $0 + 1)
        return other
      }
  }

  /// The phrase with one word replaced by each of its variants; the words take turns.
  private static func replacing(
    _ words: [String], by variants: (String) -> [String]
  ) -> [[String]] {
    let choices = words.map(variants)
    return (0..<(choices.map(\.count).max() ?? 0)).flatMap { turn in
      words.indices.filter { turn < choices[$0].count }.map { index in
        var other = words
        other[index] = choices[index][turn]
        return other
      }
    }
  }

  /// `nova` -> `bova`, `dova`, ...
  private static func otherBeginnings(_ word: String) -> [String] {
    let rest = word.drop { !isVowel($0) || ($0 == "y" && word.first == "y") }
    guard !rest.isEmpty else { return [] }
    let onset = word.dropLast(rest.count)
    return onsets.filter { $0 != onset }.map { $0 + rest }
  }

  /// `nova` -> `nava`, `nove`, `neva`, ...
  private static func otherVowels(_ word: String) -> [String] {
    let letters = Array(word)
    var groups: [Range<Int>] = []
    for (index, letter) in letters.enumerated() where isVowel(letter) {
      // A word's first y is a consonant.
      if letter == "y" && index == 0 { continue }
      if let last = groups.last, last.upperBound == index {
        groups[groups.count - 1] = last.lowerBound..<index + 1
      } else {
        groups.append(index..<index + 1)
      }
    }
    return vowels.flatMap { vowel in
      groups.compactMap { group in
        let old = String(letters[group])
        return old == vowel
          ? nil
          : String(letters[..<group.lowerBound]) + vowel + String(letters[group.upperBound...])
      }
    }
  }

  /// `nova` -> `nofa`; the first letter is left to `otherBeginnings`.
  private static func otherConsonants(_ word: String) -> [String] {
    let letters = Array(word)
    return letters.indices.dropFirst().compactMap { index in
      related[letters[index]].map {
        String(letters[..<index]) + $0 + String(letters[(index + 1)...])
      }
    }
  }

  /// `computer` -> `compute`, `comput`, `compu`, `comp`: down to half of the word, two letters at least.
  private static func cutOff(_ word: String) -> [String] {
    let shortest = max(2, (word.count + 1) / 2)
    guard word.count > shortest else { return [] }
    return (shortest..<word.count).reversed().map { String(word.prefix($0)) }
  }
}
