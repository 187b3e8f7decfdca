import RouseTraining
import Testing

@Suite struct CorpusListingTests {
  /// A corpus of one index; every row is `path,label,speaker,split`.
  private func listing(_ rows: [String], _ sources: String) throws -> CorpusListing {
    let folder = try TemporaryFolder()
    let index = (["path,label,speaker,split"] + rows).joined(separator: "\n")
    try folder.write("index.csv", index + "\n")
    let file = try folder.write(
      "corpus.yaml", "wake_word: w\nseed: 1\nsources:\n" + sources)
    return try CorpusListing(try Corpus(file: file))
  }

  private static let both = """
      - {role: positive, index: index.csv, where: {label: [w]}}
      - {role: negative, index: index.csv, where: {label: ["n*"]}}

    """

  @Test func declaredSplitsAreKeptAndValidationIsCarvedFromTrain() throws {
    let rows = (0..<20).flatMap { speaker in
      (0..<3).map { "p\(speaker)_\($0).wav,w,s\(speaker),\(speaker < 14 ? "train" : "test")" }
    }
    let listing = try listing(rows, Self.both)
    let positives = listing.records
    #expect(positives.filter { $0.split == .test }.count == 18)
    // 15 % of 42 clips is 6.3: two speakers of three clips.
    #expect(positives.filter { $0.split == .validation }.count == 6)
    #expect(positives.allSatisfy { ($0.declaredSplit == .test) == ($0.split == .test) })
    #expect(Self.speakersInSeveralSplits(listing).isEmpty)
    #expect(listing.warnings.isEmpty)
  }

  @Test func withoutDeclaredSplitsSpeakersAreHeldOutWhole() throws {
    let rows = (0..<40).flatMap { speaker in
      [
        "p\(speaker).wav,w,s\(speaker),", "n\(speaker).wav,n,s\(speaker),",
        "m\(speaker).wav,n,s\(speaker),",
      ]
    }
    let listing = try listing(rows, Self.both)
    for role in [SourceRole.positive, .negative] {
      for split in Split.allCases { #expect(!listing.records(role, split).isEmpty) }
    }
    #expect(listing.records(.positive, .test).count == 6)
    #expect(Self.speakersInSeveralSplits(listing).isEmpty)
  }

  /// Sources with different people in common, some declared: nobody may end up in two splits.
  @Test func sourcesAgreeOnEverybody() throws {
    var rows: [String] = []
    for speaker in 0..<30 {
      rows.append("p\(speaker).wav,w,s\(speaker),")
      if speaker % 2 == 0 { rows.append("a\(speaker).wav,na,s\(speaker),") }
      if speaker % 3 == 0 {
        rows.append("b\(speaker).wav,nb,s\(speaker),\(speaker < 12 ? "test" : "train")")
      }
    }
    let listing = try listing(
      rows,
      """
        - {role: positive, index: index.csv, where: {label: [w]}}
        - {role: negative, index: index.csv, where: {label: [na]}}
        - {role: negative, index: index.csv, where: {label: [nb]}}

      """)
    #expect(Self.speakersInSeveralSplits(listing).isEmpty)
  }

  private static func speakersInSeveralSplits(_ listing: CorpusListing) -> [String] {
    Dictionary(grouping: listing.records.filter { $0.speaker != nil }, by: { $0.speaker ?? "" })
      .filter { Set($0.value.map(\.split)).count > 1 }.keys.sorted()
  }

  @Test func aSpeakerInTwoDeclaredSplitsIsAWarning() throws {
    let listing = try listing(
      ["a.wav,w,sam,train", "b.wav,w,sam,test", "c.wav,w,kim,train", "d.wav,n,kim,train"],
      Self.both)
    #expect(
      listing.warnings == [.speakerInSeveralSplits(speaker: "sam", splits: [.train, .test])])
  }

  @Test func repetitionsAreLeftOutWithAWarning() throws {
    let listing = try listing(
      ["a.wav,w,sam,train", "a.wav,w,sam,train", "c.wav,n,kim,test"], Self.both)
    #expect(listing.records.count == 2)
    #expect(listing.warnings == [.listedTwice(name: "a.wav", role: .positive)])
  }

  @Test func ambientIsOnlyScoredAndNoiseOnlyTrains() throws {
    let listing = try listing(
      ["a.wav,w,-,train", "b.opus,amb,,train", "c.wav,hum,-,test"],
      """
        - {role: ambient, index: index.csv, where: {path: ["*.opus"]}}
        - {role: noise, index: index.csv, where: {label: [hum]}}

      """)
    #expect(listing.records.map(\.split) == [.test, .train])
    #expect(listing.records.allSatisfy { $0.speaker == nil })
  }

  @Test func missingColumnsAndBadSplitsAreErrors() throws {
    #expect {
      try listing(
        ["a.wav,w,s,train"], "  - {role: positive, index: index.csv, where: {word: [w]}}\n")
    } throws: { error in
      guard
        case .missingColumn(_, "word", ["path", "label", "speaker", "split"]) = error
          as? TrainingError
      else { return false }
      return true
    }
    #expect {
      try listing(["a.wav,w,s,later"], Self.both)
    } throws: { error in
      guard case .badRow(_, 2, _, "later") = error as? TrainingError else { return false }
      return true
    }
  }

  @Test func aMissingFolderIsNamedWithItsLine() throws {
    #expect {
      try listing([], "  - {role: noise, folder: nothing}\n")
    } throws: { error in
      guard case .sourceMissing(_, 4, let folder, nil) = error as? TrainingError else {
        return false
      }
      return folder.hasSuffix("/nothing")
    }
  }

  @Test func foldersNameTheirSpeakers() throws {
    let folder = try TemporaryFolder()
    for name in ["c/kim/1.wav", "c/kim/2.wav", "c/sam/1.wav", "c/loose.wav", "c/notes.txt"] {
      try folder.write(name, "")
    }
    let file = try folder.write(
      "corpus.yaml", "wake_word: w\nseed: 1\nsources:\n  - {role: positive, folder: c}\n")
    let records = try CorpusListing(try Corpus(file: file)).records
    #expect(records.map(\.name) == ["c/kim/1.wav", "c/kim/2.wav", "c/loose.wav", "c/sam/1.wav"])
    #expect(records.map(\.speaker) == ["kim", "kim", nil, "sam"])
  }

  @Test(arguments: [
    ("*", "", true), ("a*", "abc", true), ("*c", "abc", true), ("a*c", "abbc", true),
    ("a*c", "abcd", false), ("abc", "ab", false), ("**a**", "xay", true), ("a", "", false),
    ("hard:*", "hard:x y", true),
  ])
  func wildcards(_ pattern: String, _ value: String, _ matches: Bool) throws {
    #expect(Corpus.Source.Condition.matches(pattern, value) == matches)
  }
}
