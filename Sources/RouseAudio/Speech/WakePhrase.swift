/// A wake word or phrase that can be synthesized: English words of letters, apostrophes and hyphens, in small letters.
public struct WakePhrase: Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with a phrase.
  public enum Problem: Hashable, Sendable {
    /// Nothing but blanks.
    case empty
    case tooLong(characters: Int, limit: Int)
    /// A tab, line end or another control character, by its number in Unicode.
    case controlCharacter(UInt32)
    /// A digit ("write it as a word"), a sign, or a letter that English does not have.
    case character(Character)
    /// Apostrophes and hyphens alone cannot be spoken.
    case noLetters
  }

  /// A phrase of ten words is far longer than any wake word.
  public static let longest = 100

  public let words: [String]
  public var description: String { words.joined(separator: " ") }

  /// - Throws: `.wrongPhrase` with the first problem found.
  public init(_ text: String) throws(AudioError) {
    if let problem = Self.problem(of: text) { throw .wrongPhrase(text, problem) }
    words = text.lowercased().split(separator: " ").map(String.init)
  }

  private static func problem(of text: String) -> Problem? {
    if let scalar = text.unicodeScalars.first(where: { $0.properties.generalCategory == .control })
    {
      return .controlCharacter(scalar.value)
    }
    if text.allSatisfy(\.isWhitespace) { return .empty }
    // Counted in scalars: a character may carry any number of accents.
    guard text.unicodeScalars.count <= longest else {
      return .tooLong(characters: text.unicodeScalars.count, limit: longest)
    }
    func isLetter(_ character: Character) -> Bool { character.isASCII && character.isLetter }
    if let other = text.first(where: { !isLetter($0) && !" '-".contains($0) }) {
      return .character(other)
    }
    let words = text.split(separator: " ")
    return words.allSatisfy { $0.contains(where: isLetter) } ? nil : .noLetters
  }

  /// Whether the words of the phrase follow each other somewhere in `text`, whatever stands between them.
  package func occurs(in text: String) -> Bool {
    let spoken = Self.words(in: text)
    guard spoken.count >= words.count else { return false }
    return (0...spoken.count - words.count).contains {
      Array(spoken[$0..<$0 + words.count]) == words
    }
  }

  static func words(in text: String) -> [String] {
    text.lowercased().split { !($0.isASCII && $0.isLetter) && $0 != "'" && $0 != "-" }
      .map(String.init)
  }
}
