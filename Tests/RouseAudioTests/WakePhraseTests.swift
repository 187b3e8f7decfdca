import RouseAudio
import Testing

@Suite struct WakePhraseTests {
  @Test(arguments: [
    ("hey nova", ["hey", "nova"]), ("  Hey   NOVA ", ["hey", "nova"]), ("ok", ["ok"]),
    ("o'clock re-do", ["o'clock", "re-do"]),
  ])
  func phrasesBecomeWords(text: String, words: [String]) throws {
    #expect(try WakePhrase(text).words == words)
  }

  @Test(
    arguments: [
      ("", .empty), ("   ", .empty), ("hey\nnova", .controlCharacter(10)),
      ("a\u{0}b", .controlCharacter(0)), ("hey nova 2", .character("2")),
      ("grüß dich", .character("ü")), ("нова", .character("н")), ("hey, nova", .character(",")),
      ("$(reboot)", .character("$")), ("hey <b>", .character("<")), ("- '", .noLetters),
      (String(repeating: "a", count: 101), .tooLong(characters: 101, limit: 100)),
      ("e" + String(repeating: "\u{301}", count: 200), .tooLong(characters: 201, limit: 100)),
    ] as [(String, WakePhrase.Problem)])
  func wrongPhrasesSayWhy(text: String, problem: WakePhrase.Problem) {
    #expect(throws: AudioError.wrongPhrase(text, problem)) { try WakePhrase(text) }
  }

  @Test(arguments: [
    ("I said hey nova again", true), ("Hey, Nova!", true), ("they nova", false),
    ("hey novas", false), ("nova hey", false), ("hey", false), ("", false),
  ])
  func occurrencesAreWholeWords(text: String, occurs: Bool) throws {
    #expect(try WakePhrase("hey nova").occurs(in: text) == occurs)
  }
}

@Suite struct NearMissTests {
  @Test func everyRuleIsUsedEarly() throws {
    let list = NearMisses.of(try WakePhrase("hey nova"))
    #expect(list.first == "nova")
    for text in ["nova hey", "hey bova", "hey nava", "hey nofa", "hey no", "hey there", "nova"] {
      #expect(list.prefix(60).contains(text), "\(text)")
    }
  }

  @Test(arguments: [
    "hey nova", "jarvis", "a", "rhythm", "o'clock", "please open the garage door now",
  ])
  func noneIsThePhraseAndNoneRepeats(text: String) throws {
    let phrase = try WakePhrase(text)
    let list = NearMisses.of(phrase)
    #expect(list.count >= 10)
    #expect(Set(list).count == list.count)
    for other in list {
      #expect(!phrase.occurs(in: other), "\(other)")
      #expect(throws: Never.self) { try WakePhrase(other) }
    }
    #expect(list == NearMisses.of(phrase))
  }
}
