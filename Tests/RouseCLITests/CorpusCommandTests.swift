import Foundation
import Glibc
import Testing

@Suite struct CorpusCommandTests {
  /// 16 kHz, mono, 16 bits.
  private static func wav(_ samples: [Int16]) -> Data {
    var bytes = Data("RIFF".utf8)
    func add(_ number: Int, _ count: Int) {
      for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
    }
    add(36 + 2 * samples.count, 4)
    bytes += Data("WAVEfmt ".utf8)
    for (number, count) in [(16, 4), (1, 2), (1, 2), (16_000, 4), (32_000, 4), (2, 2), (16, 2)] {
      add(number, count)
    }
    bytes += Data("data".utf8)
    add(2 * samples.count, 4)
    for sample in samples { add(Int(sample), 2) }
    return bytes
  }

  /// Faint noise, a tone in the middle third: a word for whoever goes by energy.
  private static func word(_ count: Int = 16_000) -> Data {
    wav(
      (0..<count).map { index in
        let isWord = index / (count / 3) == 1
        return Int16(isWord ? 8000 * sin(Double(index) / 5) : Double(index * 7919 % 5 - 2))
      })
  }

  private static let silence = wav([Int16](repeating: 0, count: 8000))

  private static func corpus(_ sources: String...) -> Data {
    let lines = sources.map { "  - {\($0)}\n" }.joined()
    return Data("wake_word: hey nova\nseed: 1\nsources:\n\(lines)".utf8)
  }

  private func run(_ files: [String: Data], _ options: [String] = []) throws -> Program.Outcome {
    let folder = try Folder(files)
    return try Program.run(["corpus", "\(folder.path)/c.yaml"] + options)
  }

  @Test func saysWhatACorpusHolds() throws {
    let files = [
      "c.yaml": Self.corpus(
        "role: positive, folder: words, split: train",
        "role: negative, folder: other, split: train"),
      "words/kim/1.wav": Self.word(), "words/sam/2.wav": Self.word(), "words/3.wav": Self.silence,
      "other/1.wav": Self.word(48_000),
    ]
    let outcome = try run(files)
    #expect(outcome.status == 0)
    #expect(
      outcome.output.hasPrefix(
        """
        Corpus of "hey nova"

          role      split  clips  minutes  speakers  left out
          positive  train      2      0.0         2         1
          negative  train      1      0.1         -

        Words found: 2,
        """))
    #expect(
      outcome.output.contains("skipped words/3.wav: digital silence, every sample is 0"))
    #expect(outcome.output.contains("Training needs 0.2 MB of disk"))

    let json = try run(files, ["--json"])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["wakeWord"] as? String == "hey nova")
    #expect(object["scratchBytes"] as? Int == 160_000)
    #expect((object["parts"] as? [[String: Any]])?.count == 2)
    #expect((object["skipped"] as? [[String: String]])?.first?["reason"] == "silent")
    #expect((object["missing"] as? [String])?.isEmpty == true)
  }

  @Test func aMissingFolderSuggestsItsNeighbour() throws {
    let outcome = try run([
      "c.yaml": Self.corpus("role: positive, folder: wrods"), "words/1.wav": Self.word(),
    ])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("error: there is no `"))
    #expect(outcome.errors.contains("/wrods`"))
    #expect(outcome.errors.contains("/c.yaml:4"))
    #expect(outcome.errors.contains("/words`?"))
  }

  @Test func aFilterThatSelectsNothingShowsTheValues() throws {
    let outcome = try run([
      "c.yaml": Self.corpus("role: positive, index: i.csv, where: {label: [jarvsi]}"),
      "i.csv": Data("path,label\na.wav,jarvis\nb.wav,computer\nc.wav,jarvis\n".utf8),
    ])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("error: no usable positive clips in the train split"))
    #expect(
      outcome.errors.contains(
        "note: index `i.csv` where label is jarvsi: 0 of 3 rows; label holds jarvis (2), computer (1)"
      ))
    #expect(outcome.errors.contains("help: did you mean `jarvis`?"))
  }

  @Test func silentClipsAreSummedUp() throws {
    var files = ["c.yaml": Self.corpus("role: positive, folder: words, split: train")]
    for index in 0..<40 { files["words/\(index).wav"] = Self.silence }
    let outcome = try run(files)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains(
        "skipped 40: digital silence, every sample is 0 (words/0.wav, words/1.wav, words/10.wav, …)"
      ))
    #expect(outcome.errors.contains("help: no word was found in any of them"))
    #expect(outcome.errors.split(separator: "\n").count < 12)
  }

  @Test func aCorpusWithoutNegativesSaysWhatToAdd() throws {
    let outcome = try run([
      "c.yaml": Self.corpus("role: positive, folder: words, split: train"),
      "words/1.wav": Self.word(),
    ])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("help: add a source: `- {role: negative, folder: …}`"))
  }

  // MARK: - Memory

  /// Thirty times the files, ten times the length: the program grows by less than a kilobyte a file, and not with the sound.
  @Test func memoryFollowsNeitherFilesNorSound() throws {
    let few = try peak(files: 50, hours: 0.01)
    let many = try peak(files: 1500, hours: 0.1)
    // 1500 clips of 0.3 s are 29 MB as floating-point numbers, 0.1 h are 23 MB.
    #expect(many - few < 12 << 20, "\(few >> 10) KiB, then \(many >> 10) KiB")
  }

  /// Bytes that `rouse corpus` had in memory at most.
  private func peak(files: Int, hours: Double) throws -> Int {
    let folder = try Folder([
      "c.yaml": Self.corpus(
        "role: positive, folder: words", "role: negative, folder: long",
        "role: ambient, folder: amb"),
      "one.wav": Self.word(4800), "words/s/keep.txt": Data(), "long/keep.txt": Data(),
      "amb/keep.txt": Data(),
    ])
    for index in 0..<files {
      link("\(folder.path)/one.wav", "\(folder.path)/words/s/\(index).wav")
    }
    // A hole in the file reads as silence and takes no disk.
    let seconds = Int(hours * 3600)
    var header = Self.wav([])
    for (offset, size) in [(4, 36 + 32_000 * seconds), (40, 32_000 * seconds)] {
      for shift in 0..<4 { header[offset + shift] = UInt8(truncatingIfNeeded: size >> (8 * shift)) }
    }
    for name in ["long/a.wav", "amb/a.wav"] {
      try header.write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
      truncate("\(folder.path)/\(name)", 44 + 32_000 * seconds)
    }
    return try Self.peakMemory(of: ["corpus", "\(folder.path)/c.yaml", "--json", "--threads", "2"])
  }

  private static func peakMemory(of arguments: [String]) throws -> Int {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    let words = ([Program.path] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    try #require(posix_spawn(&process, Program.path, &actions, nil, words + [nil], [nil]) == 0)
    var status: Int32 = 0
    var usage = rusage()
    try #require(wait4(process, &status, 0, &usage) == process)
    return usage.ru_maxrss << 10
  }
}
