import Foundation
import Testing

/// What a person sees when something is wrong: exit code, message, and no half-written output. Runs the program itself.
@Suite struct CommandTests {
  private func rouse(_ arguments: [String]) throws -> Program.Outcome {
    try Program.run(arguments)
  }

  // MARK: - Usage

  @Test(arguments: [
    (["frobnicate"], 64), (["features"], 64), (["compile", "x", "--stop-after", "lunch"], 64),
    (["compile", "x", "--output", "y", "--cutoff", "1.5"], 64),
    (["train", "--threads", "0", "--corpus", "c", "--output", "o"], 64), (["--help"], 0),
    (["--version"], 0), (["demo", "--help"], 0),
  ])
  func usage(_ arguments: [String], _ status: Int) throws {
    #expect(try Int(rouse(arguments).status) == status)
  }

  // MARK: - Sound files

  /// A WAV header that promises 1,000 samples and has 10.
  private static let truncatedWAV: Data = {
    var bytes = Data("RIFF".utf8)
    func add(_ value: UInt32) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    func add(_ value: UInt16) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    add(UInt32(36 + 2000))
    bytes += Data("WAVEfmt ".utf8)
    add(UInt32(16))
    add(UInt16(1))
    add(UInt16(1))
    add(UInt32(16000))
    add(UInt32(32000))
    add(UInt16(2))
    add(UInt16(16))
    bytes += Data("data".utf8)
    add(UInt32(2000))
    return bytes + Data(count: 20)
  }()

  @Test(arguments: [
    ("empty.wav", Data(), "empty"),
    ("text.wav", Data("hello there, not sound".utf8), "not a sound file"),
    ("cut.wav", truncatedWAV, "ends after 10 of 1000 frames"),
  ])
  func brokenSoundFilesAreNamed(_ name: String, _ content: Data, _ message: String) throws {
    let folder = try Folder([name: content])
    let outcome = try rouse(
      ["features", "\(folder.path)/\(name)", "--output", "\(folder.path)/x.npy"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("error: "))
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.errors.contains(name))
    #expect(folder.files == [name])
  }

  @Test func aMissingOutputFolderIsSaid() throws {
    let folder = try Folder(["cut.wav": Self.truncatedWAV])
    let outcome = try rouse(
      ["features", "\(folder.path)/none.wav", "--output", "\(folder.path)/a/x.npy"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("No such file or directory"))
  }

  // MARK: - Presets, targets, corpora

  private static let corpus = """
    wake_word: nova
    seed: 1
    sources:
      - {role: positive, index: index.csv, where: {label: [nova]}}
      - {role: negative, folder: other}
    """

  private func train(_ folder: Folder, _ more: [String] = []) throws -> Program.Outcome {
    try rouse(
      ["train", "--corpus", "\(folder.path)/corpus.yaml", "--output", "\(folder.path)/run"] + more)
  }

  @Test func anUnknownPresetIsAnsweredWithTheNearestName() throws {
    let folder = try Folder(["corpus.yaml": Data(Self.corpus.utf8)])
    let outcome = try train(folder, ["--preset", "esphome-standart"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("did you mean `esphome-standard`?"))
  }

  @Test func anUnknownPresetKeyIsAnsweredWithItsLineAndTheNearestKey() throws {
    let folder = try Folder([
      "corpus.yaml": Data(Self.corpus.utf8),
      "mine.yaml": Data("name: mine\nfront_ent:\n  step_ms: 10\n".utf8),
    ])
    let outcome = try train(folder, ["--preset", "\(folder.path)/mine.yaml"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("mine.yaml:2"), "\(outcome.errors)")
    #expect(outcome.errors.contains("front_end"))
    #expect(!folder.files.contains { $0.hasPrefix("run") })
  }

  @Test func aMissingColumnIsNamedWithThoseThatAreThere() throws {
    let folder = try Folder([
      "corpus.yaml": Data(Self.corpus.utf8), "index.csv": Data("file,label\na.wav,nova\n".utf8),
      "other/readme.txt": Data(),
    ])
    let outcome = try train(folder)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("no column `path`"), "\(outcome.errors)")
    #expect(outcome.errors.contains("file, label"))
    #expect(!folder.files.contains { $0.hasPrefix("run") })
  }

  @Test func anEmptyFolderIsAnErrorThatSaysWhy() throws {
    let folder = try Folder([
      "corpus.yaml": Data(Self.corpus.utf8), "index.csv": Data("path,label\na.wav,nova\n".utf8),
      "a.wav": Data("not sound".utf8), "other/readme.txt": Data(),
    ])
    let outcome = try train(folder)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("no usable"), "\(outcome.errors)")
    #expect(!folder.files.contains { $0.hasPrefix("run/model") })
  }

  @Test func aScoreOfAnotherRecordingIsAnsweredWithTheNearest() throws {
    let folder = try Folder([
      "corpus.yaml": Data(Self.corpus.utf8),
      "index.csv": Data("path,label\nfirst.wav,nova\nsecond.wav,nova\n".utf8),
      "other/readme.txt": Data(), "scores.csv": Data("path,score\nsecond.waf,0.5\n".utf8),
    ])
    let outcome = try train(folder, ["--teacher", "\(folder.path)/scores.csv"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("scores.csv:2"), "\(outcome.errors)")
    #expect(outcome.errors.contains("did you mean `second.wav`?"), "\(outcome.errors)")
    #expect(!folder.files.contains { $0.hasPrefix("run") })
  }

  @Test(arguments: ["none", "none.rouse", "none.tflite", "none.csv"])
  func aTeacherMustBeThere(_ name: String) throws {
    let folder = try Folder(["corpus.yaml": Data(Self.corpus.utf8)])
    let outcome = try train(folder, ["--teacher", "\(folder.path)/\(name)"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains(name), "\(outcome.errors)")
    #expect(!folder.files.contains { $0.hasPrefix("run") })
  }

  @Test func anUnknownTargetListsThoseThatExist() throws {
    let folder = try Folder()
    let outcome = try rouse(
      ["compile", folder.path, "--target", "esp32-s4", "--output", "\(folder.path)/out"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("esp32-s3-n16r8"), "\(outcome.errors)")
  }

  @Test func anUnfinishedRunIsSaidToBeOne() throws {
    let folder = try Folder()
    let outcome = try rouse(["compile", folder.path, "--output", "\(folder.path)/out"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("this part of the run is missing"), "\(outcome.errors)")
    #expect(folder.files.isEmpty)
  }

  @Test(arguments: ["", "hey 3", "h\u{9}x", String(repeating: "la ", count: 60)])
  func aPhraseThatCannotBeSpokenIsRefused(_ phrase: String) throws {
    let folder = try Folder()
    let outcome = try rouse(["demo", "--phrase", phrase, "--output", "\(folder.path)/out"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("cannot be spoken"), "\(outcome.errors)")
  }
}
