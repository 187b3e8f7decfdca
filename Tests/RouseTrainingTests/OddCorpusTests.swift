import Foundation
import Glibc
import RouseAudio
import RouseTraining
import Testing

/// Corpora as people really have them: each ends in a useful result or an error that says what there is.
@Suite struct OddCorpusTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func report(_ sources: [String]) throws -> CorpusReport {
    try #require(
      try CorpusReport.make(
        try folder.corpus(sources), threads: 2, observer: TrainingObserver()))
  }

  private func index(_ rows: [String]) throws {
    try folder.write(
      "index.csv", (["path,label,speaker,split"] + rows).joined(separator: "\n") + "\n")
  }

  // MARK: - Sources

  @Test(
    arguments: [
      ("folder: wrods", "words"), ("folder: words/kim/morning", "words/kim/mornings"),
      ("index: indx.csv", "index.csv"), ("folder: zzzzzz", nil),
    ] as [(String, String?)])
  func aMissingSourceIsNamedWithItsNeighbour(_ source: String, _ nearest: String?) throws {
    try folder.write("words/kim/mornings/1.wav", "")
    try folder.write("index.csv", "path\n")
    #expect {
      try folder.listing(["role: positive, \(source)"])
    } throws: { error in
      guard case .sourceMissing(let file, 4, _, let found) = error as? TrainingError else {
        return false
      }
      return file.hasSuffix("/c.yaml") && found == nearest.map { "\(folder.path)/\($0)" }
    }
  }

  @Test func aFileIsNoFolder() throws {
    try folder.write("words", "")
    let cause = AudioError.wrongKind(path: folder.path + "/words", expected: "folder")
    #expect(
      throws: TrainingError.folderUnreadable(file: folder.path + "/c.yaml", line: 4, cause: cause)
    ) { try folder.listing(["role: positive, folder: words"]) }
  }

  @Test(.timeLimit(.minutes(20))) func aPipeIsNoIndex() throws {
    mkfifo(folder.path + "/index.csv", 0o600)
    #expect {
      try folder.listing(["role: positive, index: index.csv"])
    } throws: { error in
      guard case .file(let cause) = error as? TrainingError else { return false }
      return cause.code == ENOTSUP && cause.path.hasSuffix("/index.csv")
    }
  }

  @Test func namesThatAreNoTextAreLeftOutWithAWarning() throws {
    try folder.write("words/good.wav", "")
    let bytes = Array("\(folder.path)/words/b".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF)]
    let descriptor = open(bytes + Array(".wav".utf8CString), O_CREAT | O_WRONLY, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
    let listing = try folder.listing(["role: positive, folder: words"])
    #expect(listing.records.map(\.name) == ["words/good.wav"])
    #expect(listing.warnings == [.unreadableName("words/b\u{FFFD}.wav")])
  }

  @Test func linksThatLoopEnd() throws {
    try folder.write("words/kim/1.wav", "")
    symlink("..", folder.path + "/words/kim/up")
    let listing = try folder.listing(["role: positive, folder: words"])
    #expect(listing.records.map(\.name) == ["words/kim/1.wav"])
  }

  // MARK: - Empty classes

  @Test func aFilterThatSelectsNothingShowsWhatThereIs() throws {
    try index(["a.wav,jarvis,s,", "b.wav,jarvis,t,", "c.wav,computer,s,"])
    let report = try report(["role: positive, index: index.csv, where: {label: [jarvsi]}"])
    let missing = try #require(report.missing.first)
    #expect(missing.role == .positive)
    #expect(missing.listed.isEmpty)
    #expect(missing.sources.map(\.listed) == [3])
    #expect(missing.sources.map(\.selected) == [0])
    #expect(missing.sources[0].column == "label")
    #expect(missing.sources[0].values.map(\.value) == ["jarvis", "computer"])
    #expect(missing.sources[0].values.map(\.rows) == [2, 1])
    #expect(report.missing.map(\.role) == [.positive, .negative])
    #expect(report.missing[1].sources.isEmpty)
  }

  @Test func aFolderOfOtherFilesIsCounted() throws {
    for name in ["1.m4a", "2.m4a", "notes.txt"] { try folder.write("words/\(name)", "") }
    let missing = try #require(try report(["role: positive, folder: words"]).missing.first)
    #expect(missing.sources.map(\.otherFiles) == [3])
    #expect(missing.sources.map(\.listed) == [0])
  }

  @Test func silentClipsAreAllNamedOnce() throws {
    for index in 0..<5 {
      try folder.write("words/\(index).wav", [Float](repeating: 0, count: 8000))
    }
    let missing = try #require(try report(["role: positive, folder: words"]).missing.first)
    #expect(missing.listed.values.reduce(0, +) == 5)
    #expect(missing.skipped.count == missing.listed[.train])
    #expect(missing.skipped.allSatisfy { $0.reason == .silent })
  }

  @Test func clipsOfAnotherSplitAreCounted() throws {
    try folder.write("a.wav", TestSounds.word())
    try index(["a.wav,w,kim,test"])
    let missing = try #require(try report(["role: positive, index: index.csv"]).missing.first)
    #expect(missing.listed == [.test: 1])
    #expect(missing.skipped.isEmpty)
  }

  @Test func missingFilesLeaveTheRest() throws {
    for name in ["a", "b"] { try folder.write("\(name).wav", TestSounds.word()) }
    try index(["a.wav,w,kim,train", "gone.wav,w,kim,train", "b.wav,w,sam,train"])
    let report = try report([
      "role: positive, index: index.csv", "role: negative, index: index.csv",
    ])
    #expect(report.missing.isEmpty)
    #expect(report.skipped.map(\.name) == ["gone.wav", "gone.wav"])
  }

  // MARK: - Speakers and splits

  private static let crossed = [
    "1.wav,w,sam,train", "2.wav,w,sam,train", "3.wav,w,sam,test", "4.wav,w,kim,test",
    "5.wav,w,kim,train", "6.wav,w,lee,validation",
  ]

  @Test func speakersInSeveralSplitsStayUnlessAskedFor() throws {
    try index(Self.crossed)
    let kept = try folder.listing(["role: positive, index: index.csv"])
    #expect(kept.records.map(\.split) == kept.records.map(\.declaredSplit))
    #expect(
      kept.warnings == [
        .speakerInSeveralSplits(speaker: "kim", splits: [.train, .test]),
        .speakerInSeveralSplits(speaker: "sam", splits: [.train, .test]),
      ])
    let moved = try folder.listing(
      ["role: positive, index: index.csv"], options: "speakers: split\n")
    #expect(moved.records.map(\.split) == [.train, .train, .train, .train, .train, .validation])
    #expect(
      moved.warnings == [
        .speakerMoved(speaker: "kim", splits: [.train, .test], to: .train),
        .speakerMoved(speaker: "sam", splits: [.train, .test], to: .train),
      ])
  }

  @Test func aSourceThatFixesItsSplitDecidesForItsSpeakers() throws {
    try index(Self.crossed)
    let listing = try folder.listing(
      [
        "role: positive, index: index.csv, where: {path: [\"1*\", \"2*\"]}",
        "role: positive, index: index.csv, where: {path: [\"3*\"]}, split: validation",
      ], options: "speakers: split\n")
    #expect(listing.records.map(\.split) == [.validation, .validation, .validation])
  }

  @Test func aSourceMayFixItsSplit() throws {
    for index in 0..<20 { try folder.write("accepts/\(index).wav", "") }
    let listing = try folder.listing(["role: negative, folder: accepts, split: train"])
    #expect(listing.records.allSatisfy { $0.split == .train })
    let fixed = try folder.listing(["role: positive, folder: accepts, split: test"])
    #expect(fixed.records.allSatisfy { $0.split == .test })
    let free = try folder.listing(["role: negative, folder: accepts"])
    #expect(free.records.count { $0.split == .test } == 3)
  }

  @Test func speakersComeFromWhereTheSourceSays() throws {
    for name in ["words/kim/a/1.wav", "words/2.take.wav"] { try folder.write(name, "") }
    try index(["words/kim/a/1.wav,w,column,"])
    func speakers(_ source: String) throws -> [String?] {
      try folder.listing(["role: positive, \(source)"]).records.map(\.speaker)
    }
    #expect(try speakers("folder: words") == [nil, "kim"])
    #expect(try speakers("folder: words, speaker: folder") == [nil, "kim"])
    #expect(try speakers("folder: words, speaker: file") == ["2.take", "1"])
    #expect(try speakers("folder: words, speaker: none") == [nil, nil])
    #expect(try speakers("index: index.csv") == ["column"])
    #expect(try speakers("index: index.csv, speaker: folder") == ["words/kim/a"])
    #expect(try speakers("index: index.csv, speaker: file") == ["1"])
    #expect(try speakers("index: index.csv, speaker: none") == [nil])
  }

  @Test func oneSpeakerIsAWarning() throws {
    for take in 0..<3 { try folder.write("words/kim/\(take).wav", TestSounds.word()) }
    let listing = try folder.listing(["role: positive, folder: words"])
    #expect(listing.warnings == [.oneSpeaker("kim")])
    #expect(listing.records.allSatisfy { $0.split == .train })
  }

  // MARK: - The report

  @Test func aReportCountsAndMeasures() throws {
    for (index, seconds) in [0.3, 0.4, 0.5].enumerated() {
      try folder.write("words/s\(index)/1.wav", TestSounds.word(seconds))
    }
    try folder.write("other/a.wav", TestSounds.noise(61_440))
    try folder.write("other/b.wav", "no sound")
    try folder.write("long/night.wav", TestSounds.noise(32_000))
    let sources = [
      "role: positive, folder: words, split: train", "role: negative, folder: other, split: train",
      "role: ambient, folder: long",
    ]
    let report = try report(sources)
    #expect(report.missing.isEmpty)
    #expect(report.parts.map(\.role) == [.positive, .negative, .ambient])
    #expect(report.parts.map(\.split) == [.train, .train, .test])
    #expect(report.parts.map(\.recordings) == [3, 1, 1])
    #expect(report.parts.map(\.samples) == [48_000, 61_440, 32_000])
    #expect(report.parts.map(\.speakers) == [3, 0, 0])
    #expect(report.parts.map(\.skipped) == [0, 1, 0])
    #expect(report.scratchBytes == 2 * (48_000 + 61_440))
    let words = try #require(report.words)
    #expect(words.words == 3)
    #expect(abs(words.shortest - 300) <= 30)
    #expect(abs(words.median - 400) <= 30)
    #expect(abs(words.longest - 500) <= 30)
    let again = try self.report(sources)
    #expect(report.json == again.json)
  }
}
