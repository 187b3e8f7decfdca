import Foundation
import RouseFormats
import RouseIR
import Testing

/// `rouse eval` and `rouse listen` as a person meets them, with the published voice activity model.
@Suite struct EvalCommandTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func sound(_ name: String) throws -> Data {
    try Data(contentsOf: tests.appending(path: "RouseFrontEndTests/Fixtures/golden/\(name).wav"))
  }

  /// Two spoken clips of two people, another clip, a stream without speech and a noise.
  private func corpus() throws -> [String: Data] {
    let graph = try GraphText.parse(
      String(
        contentsOfFile: Self.tests.appending(
          path: "RouseRuntimeTests/Fixtures/published/vad.graph"
        ).path, encoding: .utf8))
    let index = """
      path,label,speaker,split
      a.wav,speech,ann,test
      b.wav,speech,bob,test
      tone.wav,tone,-,test
      hum.wav,chirp,-,test
      noise.wav,noise,-,train
      """
    let yaml = """
      wake_word: speech
      seed: 1
      sources:
        - {role: positive, index: index.csv, where: {label: [speech]}}
        - {role: negative, index: index.csv, where: {label: [tone]}}
        - {role: ambient, index: index.csv, where: {label: [chirp]}}
        - {role: noise, index: index.csv, where: {label: [noise]}}
      """
    return [
      "vad.tflite": Data(
        TFLiteWriter.write(try TFLiteLowering.model(from: graph, description: "test"))),
      "corpus.yaml": Data(yaml.utf8), "index.csv": Data(index.utf8),
      "a.wav": try Self.sound("speech_okay_nabu"), "b.wav": try Self.sound("speech_alexa_noisy"),
      "tone.wav": try Self.sound("sine_1000hz"), "hum.wav": try Self.sound("chirp_100_8000"),
      "noise.wav": try Self.sound("clipping"),
    ]
  }

  @Test func aModelWithoutAManifestIsScored() throws {
    let folder = try Folder(try corpus())
    let arguments = [
      "eval", "\(folder.path)/vad.tflite", "--corpus", "\(folder.path)/corpus.yaml", "--cutoff",
      "0.5", "--snr", "10", "3", "--output", "\(folder.path)/out", "--threads",
    ]
    let outcome = try Program.run(arguments + ["2"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("2 clips with the word, 1 of other words"))
    #expect(outcome.output.contains("missed, noise 3 dB"))
    #expect(outcome.output.contains("mean of 5 above 127/255"))
    #expect(outcome.output.contains("These recordings cannot show"))
    let files = folder.files.filter { $0.hasPrefix("out/") }
    #expect(
      files == [
        "out/operating-points.csv", "out/vad.det.svg", "out/vad.eval.csv", "out/vad.eval.html",
        "out/vad.eval.json", "out/vad.miss-rate.svg", "out/vad.peaks.svg", "out/vad.roc.svg",
      ])
    let clips = try String(contentsOfFile: "\(folder.path)/out/vad.eval.csv", encoding: .utf8)
    // Two clips under three conditions, and another word.
    #expect(clips.split(separator: "\n").count == 1 + 2 * 3 + 1)
    let data = try Data(contentsOf: URL(filePath: "\(folder.path)/out/vad.eval.json"))
    let report = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect((report["speakers"] as? [[String: Any]])?.count == 2)
    #expect((report["limits"] as? [[String: Any]])?.count == 5)
    let page = try String(contentsOfFile: "\(folder.path)/out/vad.eval.html", encoding: .utf8)
    #expect(!page.contains("<script") && !page.contains("src=") && page.contains("<svg"))
    // The same bytes whatever the number of threads.
    let kept = try files.map { try Data(contentsOf: URL(filePath: "\(folder.path)/\($0)")) }
    let again = try Program.run(arguments + ["1"])
    #expect(again.output == outcome.output)
    #expect(kept == (try files.map { try Data(contentsOf: URL(filePath: "\(folder.path)/\($0)")) }))
  }

  @Test func otherRulesAndTargets() throws {
    let folder = try Folder(try corpus())
    func eval(_ arguments: [String]) throws -> Program.Outcome {
      try Program.run(
        [
          "eval", "\(folder.path)/vad.tflite", "--corpus", "\(folder.path)/corpus.yaml",
          "--no-noise",
        ] + arguments)
    }
    let votes = try eval(["--rule", "votes:2/3:0.5", "--json"])
    #expect(votes.status == 0, "\(votes.errors)")
    #expect(votes.output.contains("\"rule\" : \"2 of 3 above 127/255\""))
    let chosen = try eval(["--target-fa", "10", "--csv"])
    #expect(chosen.status == 0, "\(chosen.errors)")
    #expect(chosen.output.hasPrefix("file,role,label,speaker,condition,noise,seconds,peak_256ths"))
    let hysteresis = try eval(["--rule", "hysteresis:0.6,0.3", "--lockout-ms", "500"])
    #expect(hysteresis.output.contains("above 153/255 after below 76/255"), "\(hysteresis.errors)")
  }

  @Test func whatIsMissingIsExplained() throws {
    var files = try corpus()
    files["empty.tflite"] = Data()
    files["text.tflite"] = Data("not a model".utf8)
    files["broken.wav"] = Data("not sound".utf8)
    files["bad.yaml"] = Data(
      "wake_word: x\nseed: 1\nsources:\n  - {role: positive, folder: nowhere}\n".utf8)
    files["silent/a.wav"] = try Self.sound("silence")
    files["words.yaml"] = Data(
      "wake_word: x\nseed: 1\nsources:\n  - {role: positive, folder: silent}\n".utf8)
    let folder = try Folder(files)
    func eval(_ model: String, _ corpus: String, _ more: [String] = []) throws -> Program.Outcome {
      try Program.run(
        ["eval", "\(folder.path)/\(model)", "--corpus", "\(folder.path)/\(corpus)"] + more)
    }
    for (outcome, message) in [
      (try eval("gone.tflite", "corpus.yaml"), "cannot read the file"),
      (try eval("empty.tflite", "corpus.yaml"), "the file is empty"),
      (try eval("text.tflite", "corpus.yaml"), "text.tflite"),
      (try eval("vad.tflite", "gone.yaml"), "gone.yaml"),
      (try eval("vad.tflite", "bad.yaml"), "there is no `"),
      (
        try eval("vad.tflite", "corpus.yaml", ["--split", "validation"]),
        "no usable positive clips in the validation split"
      ),
      (try eval("vad.tflite", "words.yaml", ["--split", "all"]), "no cutoff is known"),
    ] {
      #expect(outcome.status == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
    let silent = try eval("vad.tflite", "words.yaml", ["--split", "all", "--cutoff", "0.9"])
    #expect(silent.status == 0, "\(silent.errors)")
    #expect(silent.output.contains("warning: 1 clips with the word are digital silence"))
    #expect(silent.output.contains("Nothing can be said about false accepts per hour"))
  }

  /// Ten minutes of silence take a test build far longer than it waits here.
  @Test func controlCLeavesNothingBehind() throws {
    var files = try corpus()
    var wav = try Self.sound("silence")
    let start = try #require(wav.range(of: Data("data".utf8))).upperBound
    let bytes = UInt32(600 * 32_000)
    wav.replaceSubrange(
      start..<start + 4, with: withUnsafeBytes(of: bytes.littleEndian) { Data($0) })
    wav.replaceSubrange((start + 4)..., with: Data(count: Int(bytes)))
    files["hum.wav"] = wav
    let folder = try Folder(files)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = [
      "eval", "\(folder.path)/vad.tflite", "--corpus", "\(folder.path)/corpus.yaml", "--cutoff",
      "0.5", "--no-noise", "--output", "\(folder.path)/out",
    ]
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    // The program says what it does once it listens for signals.
    _ = errors.fileHandleForReading.availableData
    process.interrupt()
    let rest = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(String(decoding: rest, as: UTF8.self).contains("stopped on request"))
    #expect(!folder.files.contains { $0.hasPrefix("out") })
  }

  @Test(arguments: [
    ["--split", "lunch"], ["--cutoff", "1"], ["--target-fa", "0"], ["--window", "0"],
    ["--rule", "majority"], ["--snr", "5", "5"], ["--json", "--csv"], ["--no-noise", "--snr", "3"],
    ["--target-fa", "1", "--cutoff", "0.5"], ["--lockout-ms", "-1"], ["--threads", "0"],
    ["--rule", "votes:1/2", "--window", "5"],
  ])
  func usageIsChecked(_ arguments: [String]) throws {
    #expect(try Program.run(["eval", "m", "--corpus", "c"] + arguments).status == 64)
  }

  // MARK: - Listening

  @Test func aFileIsPlayed() throws {
    let folder = try Folder(try corpus())
    let outcome = try Program.run([
      "listen", "\(folder.path)/vad.tflite", "\(folder.path)/a.wav", "--speed", "max", "--rule",
      "votes:1/1:0.5",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("/256\n"))
    #expect(outcome.output.contains(" s  detected\n"))
    #expect(outcome.output.hasSuffix("detected\n"))
  }

  /// Runs the program with a file as its standard input.
  private func listen(_ model: String, to bytes: Data) throws -> Program.Outcome {
    let folder = try Folder(["input": bytes, "output": Data(), "errors": Data()])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["listen", model, "--rule", "votes:1/1:0.5"]
    process.standardInput = try FileHandle(
      forReadingFrom: URL(fileURLWithPath: "\(folder.path)/input"))
    process.standardOutput = try FileHandle(
      forWritingTo: URL(fileURLWithPath: "\(folder.path)/output"))
    process.standardError = try FileHandle(
      forWritingTo: URL(fileURLWithPath: "\(folder.path)/errors"))
    try process.run()
    process.waitUntilExit()
    return Program.Outcome(
      status: process.terminationStatus,
      output: try String(contentsOfFile: "\(folder.path)/output", encoding: .utf8),
      errors: try String(contentsOfFile: "\(folder.path)/errors", encoding: .utf8))
  }

  @Test func rawSoundAndWAVOnStandardInputAreTheSame() throws {
    let folder = try Folder(try corpus())
    let model = "\(folder.path)/vad.tflite"
    let wav = try Self.sound("speech_okay_nabu")
    let start = try #require(wav.range(of: Data("data".utf8))).upperBound + 4
    let raw = try listen(model, to: wav[start...])
    #expect(raw.status == 0, "\(raw.errors)")
    #expect(raw.output.contains(" s  detected\n"))
    #expect(try listen(model, to: wav).output == raw.output)
  }

  @Test func otherInputIsExplained() throws {
    let folder = try Folder(try corpus())
    let model = "\(folder.path)/vad.tflite"
    var stereo = try Self.sound("speech_okay_nabu")
    stereo[stereo.startIndex + 22] = 2
    for (bytes, message) in [
      (Data(), "standard input is empty"), (Data("fLaC and more bytes".utf8), "is a FLAC file"),
      (stereo, "2 channels of 16 bits at 16000 Hz"),
    ] {
      let outcome = try listen(model, to: bytes)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
    let cutoff = try Program.run(["listen", model, "\(folder.path)/a.wav", "--speed", "max"])
    #expect(cutoff.status == 1 && cutoff.errors.contains("no cutoff is known"))
    #expect(try Program.run(["listen", model, "x.wav", "--speed", "0"]).status == 64)
  }
}
