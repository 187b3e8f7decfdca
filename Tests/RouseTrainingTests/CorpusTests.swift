import RouseTraining
import Testing

@Suite struct CorpusTests {
  private static let yaml = """
    wake_word: jarvis
    seed: 3
    sources:
      - role: positive
        index: index.csv
        where: {label: [jarvis], split: [train, test]}
      - role: negative
        index: index.csv
        where: {label: [other, "hard:*"]}
      - {role: noise, folder: noises, weight: 0.5, split: train, speaker: none}
    speakers: split
    """

  @Test func readsEveryField() throws {
    let corpus = try Corpus(yaml: Self.yaml, file: "some/where/corpus.yaml")
    #expect(corpus.wakeWord == "jarvis")
    #expect(corpus.seed == 3)
    #expect(corpus.sources.map(\.role) == [.positive, .negative, .noise])
    #expect(corpus.sources[0].location == .index("index.csv"))
    #expect(corpus.sources[0].conditions.map(\.column) == ["label", "split"])
    #expect(corpus.sources[1].conditions[0].patterns == ["other", "hard:*"])
    #expect(corpus.sources[2].location == .folder("noises"))
    #expect(corpus.sources.map(\.weight) == [1, 1, 0.5])
    #expect(corpus.sources.map(\.split) == [nil, nil, .train])
    #expect(corpus.sources.map(\.speaker) == [nil, nil, .nobody])
    #expect(corpus.speakers == .split)
  }

  @Test(arguments: [
    ("wake_word: a\nseed: 1\n", TrainingError.missingKey(file: "c.yaml", line: 1, key: "sources")),
    (
      "wake_word: a\nseed: 1\nsuorces: []\n",
      .unknownKey(file: "c.yaml", line: 3, key: "suorces", nearest: "sources")
    ),
    (
      "wake_word: a\nseed: -1\nsources: [{role: noise, folder: x}]\n",
      .wrongValue(
        file: "c.yaml", line: 2, key: "seed", expected: "an integer from 0 to 2147483647",
        found: "`-1`")
    ),
    (
      "wake_word: a\nseed: 1\nsources:\n  - role: postive\n    folder: x\n",
      .wrongValue(
        file: "c.yaml", line: 4, key: "sources[0].role",
        expected: "one of positive, negative, ambient, noise, impulse", found: "`postive`")
    ),
    (
      "wake_word: a\nseed: 1\nsources:\n  - role: noise\n",
      .missingKey(file: "c.yaml", line: 4, key: "index")
    ),
    (
      "wake_word: a\nseed: 1\nsources:\n  - role: noise\n    index: a\n    folder: b\n",
      .wrongValue(
        file: "c.yaml", line: 6, key: "sources[0].folder", expected: "either `index` or `folder`",
        found: "both")
    ),
    (
      "wake_word: a\nseed: 1\nsources:\n  - {role: noise, folder: b, where: {a: [b]}}\n",
      .wrongValue(
        file: "c.yaml", line: 4, key: "sources[0].where", expected: "`where` only with `index`",
        found: "a folder")
    ),
    (
      "wake_word: a\nseed: 1\nsources:\n  - {role: noise, index: b, where: {a: b}}\n",
      .wrongValue(
        file: "c.yaml", line: 4, key: "sources[0].where.a", expected: "a list of values",
        found: "`b`")
    ),
    (
      "wake_word: a\nseed: 1\nsources:\n  - {role: noise, folder: b, weight: 0}\n",
      .wrongValue(
        file: "c.yaml", line: 4, key: "sources[0].weight",
        expected: "a number from 0.001 to 1000.0", found: "`0`")
    ),
    (
      "wake_word: a\nseed: 1\nsources:\n  - {role: ambient, folder: b, split: train}\n",
      .wrongValue(
        file: "c.yaml", line: 4, key: "sources[0].split",
        expected: "validation or test for the role ambient", found: "`train`")
    ),
    (
      "wake_word: a\nseed: 1\nspeakers: move\nsources:\n  - {role: noise, folder: b}\n",
      .wrongValue(
        file: "c.yaml", line: 3, key: "speakers", expected: "one of keep, split", found: "`move`")
    ),
    (
      "wake_word: a\nseed: 1\nsources: 3\n",
      .wrongValue(
        file: "c.yaml", line: 3, key: "sources", expected: "a list of 1 to 1000 items",
        found: "`3`")
    ),
    (
      "- a\n",
      .wrongValue(
        file: "c.yaml", line: 1, key: "", expected: "a mapping", found: "a list of 1 items")
    ),
    ("", .wrongValue(file: "c.yaml", line: 1, key: "", expected: "a mapping", found: "nothing")),
  ])
  func saysWhatIsWrong(_ yaml: String, _ error: TrainingError) {
    #expect(throws: error) { try Corpus(yaml: yaml, file: "c.yaml") }
  }

  @Test(arguments: ["a: [\n", "a: 1\na: 2\n", "\ta: 1\n", "a: 'x\n", "\u{1}"])
  func refusesWhatIsNotYAML(_ yaml: String) {
    #expect {
      try Corpus(yaml: yaml, file: "c.yaml")
    } throws: { error in
      guard case .yamlSyntax(file: "c.yaml", _, _) = error as? TrainingError else { return false }
      return true
    }
  }

  @Test func deepNestingIsAnErrorNotACrash() {
    let yaml = String(repeating: "[", count: 100_000)
    #expect(throws: TrainingError.self) { try Corpus(yaml: yaml, file: "c.yaml") }
  }

  @Test func missingFileIsNamed() {
    #expect {
      try Corpus(file: "/nowhere/corpus.yaml")
    } throws: { error in
      guard case .file(let cause) = error as? TrainingError else { return false }
      return cause.path == "/nowhere/corpus.yaml" && cause.operation == .open
    }
  }
}
