import Foundation
import RouseFormats
import RouseIR
import RouseNumerics
import Testing

/// `rouse run` as a person meets it: arrays and recordings in, probabilities and detections out.
@Suite struct RunCommandTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()

  private func fixture(_ path: String) -> String { Self.tests.appending(path: path).path }

  /// The published voice activity model as a file that Rouse wrote, and golden rows and probabilities for it.
  private func voiceActivity() throws -> [String: Data] {
    let folder = "RouseRuntimeTests/Fixtures/published"
    let graph = try GraphText.parse(
      String(contentsOfFile: fixture("\(folder)/vad.graph"), encoding: .utf8))
    let model = try TFLiteLowering.model(from: graph, description: "test")
    return [
      "vad.tflite": Data(TFLiteWriter.write(model)),
      "rows.npy": try Data(contentsOf: URL(filePath: fixture("\(folder)/rows.npy"))),
      "expected.npy": try Data(contentsOf: URL(filePath: fixture("\(folder)/probabilities.npy"))),
    ]
  }

  private static func manifest(cutoff: String) -> Data {
    Data(
      """
      {"type": "micro", "wake_word": "vad", "author": "x", "website": "https://example.com", "version": 2,
       "model": "vad.tflite", "trained_languages": ["en"],
       "micro": {"probability_cutoff": \(cutoff), "feature_step_size": 10, "sliding_window_size": 5,
                 "tensor_arena_size": 22860, "minimum_esphome_version": "2024.7.0"}}
      """.utf8)
  }

  private let speech = "RouseFrontEndTests/Fixtures/golden/speech_okay_nabu.wav"

  // MARK: - Arrays

  @Test func rowsAreGroupedAndMatchTFLiteMicro() throws {
    let folder = try Folder(try voiceActivity())
    let outcome = try Program.run([
      "run", "\(folder.path)/vad.tflite", "--input", "\(folder.path)/rows.npy", "--output",
      "\(folder.path)/out.npy",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let found = try NPYArray(bytes: InputFile.read("\(folder.path)/out.npy"))
    let expected = try NPYArray(bytes: InputFile.read("\(folder.path)/expected.npy"))
    #expect(found.elements == expected.elements)
    #expect(found.shape == [120, 1, 1])
  }

  /// Columns of a golden file, which has the bytes of all inputs and then of all outputs of a run in a row.
  private func columns(_ name: String, _ range: Range<Int>, as shape: [Int]) throws -> NPYArray {
    let array = try NPYArray(
      bytes: InputFile.read(fixture("RouseFormatsTests/Fixtures/ops/\(name).npy")))
    guard case .uint8(let bytes) = array.elements else { throw CocoaError(.fileReadCorruptFile) }
    let width = array.shape[1]
    let values = (0..<array.shape[0]).flatMap { row in
      bytes[row * width + range.lowerBound..<row * width + range.upperBound]
    }
    return NPYArray(
      shape: Shape([array.shape[0]] + shape), .int8(values.map { Int8(bitPattern: $0) }))
  }

  @Test func severalInputsAndOutputsKeepTheirOrder() throws {
    let ops = "RouseFormatsTests/Fixtures/ops"
    let concat = try Folder([
      "a.npy": Data(try columns("concat_axis1", 0..<16, as: [1, 2, 1, 8]).bytes),
      "b.npy": Data(try columns("concat_axis1", 16..<40, as: [1, 3, 1, 8]).bytes),
    ])
    let joined = try Program.run([
      "run", fixture("\(ops)/concat_axis1.tflite"), "--input", "\(concat.path)/a.npy", "--input",
      "\(concat.path)/b.npy", "--output", "\(concat.path)/y.npy",
    ])
    #expect(joined.status == 0, "\(joined.errors)")
    #expect(
      try InputFile.read("\(concat.path)/y.npy")
        == columns("concat_axis1", 40..<80, as: [1, 5, 1, 8]).bytes)
    let split = try Folder(["x.npy": Data(try columns("split_v", 0..<60, as: [1, 5, 1, 12]).bytes)])
    let parted = try Program.run([
      "run", fixture("\(ops)/split_v.tflite"), "--input", "\(split.path)/x.npy", "--output",
      "\(split.path)/a.npy", "--output", "\(split.path)/b.npy", "--output",
      "\(split.path)/c.npy",
    ])
    #expect(parted.status == 0, "\(parted.errors)")
    for (name, range, channels) in [("a", 60..<80, 4), ("b", 80..<105, 5), ("c", 105..<120, 3)] {
      #expect(
        try InputFile.read("\(split.path)/\(name).npy")
          == columns("split_v", range, as: [1, 5, 1, channels]).bytes)
    }
  }

  @Test func wrongArraysAreExplained() throws {
    var files = try voiceActivity()
    files["floats.npy"] = Data(
      NPYArray(shape: [3, 40], .float32(.init(repeating: 0, count: 120))).bytes)
    files["narrow.npy"] = Data(
      NPYArray(shape: [3, 39], .int8(.init(repeating: 0, count: 117))).bytes)
    let folder = try Folder(files)
    func run(_ inputs: [String]) throws -> Program.Outcome {
      try Program.run(
        ["run", "\(folder.path)/vad.tflite"]
          + inputs.flatMap { ["--input", "\(folder.path)/\($0)"] }
          + ["--output", "\(folder.path)/out.npy"])
    }
    for (inputs, message) in [
      (["floats.npy"], "found float32, expected int8 elements"),
      (["narrow.npy"], "found [3, 39], expected shape [n, 1, 3, 40]"),
      (["rows.npy", "rows.npy"], "the model has 1 inputs, 2 arrays were given"),
      (["vad.tflite"], "not an .npy file"), (["gone.npy"], "cannot read the file"),
    ] {
      let outcome = try run(inputs)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(!folder.files.contains("out.npy"))
    }
  }

  // MARK: - Recordings

  @Test func recordingsAreHeardAsADeviceHearsThem() throws {
    var files = try voiceActivity()
    files["vad.json"] = Self.manifest(cutoff: "0.5")
    let folder = try Folder(files)
    let outcome = try Program.run([
      "run", "\(folder.path)/vad.tflite", "--audio", fixture(speech), fixture(speech), "--output",
      "\(folder.path)/out.csv",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    // Both hearings begin with a fresh device, so they are the same.
    let lines = outcome.output.split(separator: "\n")
    #expect(lines[0].contains("above 127/255, 10 ms a row"))
    #expect(lines.count % 2 == 1 && lines.count >= 3)
    let half = (lines.count - 1) / 2
    #expect(Array(lines[1...half]) == Array(lines[(half + 1)...]))
    #expect(outcome.output.contains("81 invocations"))
    let table = try String(contentsOfFile: "\(folder.path)/out.csv", encoding: .utf8)
    #expect(table.hasPrefix("file,invocation,seconds,probability_256ths,detected\n"))
    #expect(table.split(separator: "\n").count == 1 + 2 * 81)
  }

  @Test func cutoffAndWindowOverrideTheManifest() throws {
    var files = try voiceActivity()
    files["other.json"] = Self.manifest(cutoff: "0.9")
    let folder = try Folder(files)
    let model = "\(folder.path)/vad.tflite"
    let outcome = try Program.run([
      "run", model, "--audio", fixture(speech), "--manifest", "\(folder.path)/other.json",
      "--cutoff", "0.25", "--window", "3", "--output", "\(folder.path)/out.npy",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("mean of 3 probabilities is above 63/255"))
    let array = try NPYArray(bytes: InputFile.read("\(folder.path)/out.npy"))
    #expect(array.shape == [81])
    let none = try Program.run(["run", model, "--audio", fixture(speech)])
    #expect(none.status == 1)
    #expect(none.errors.contains("no cutoff is known"))
    let broken = try Program.run([
      "run", model, "--audio", "\(folder.path)/rows.npy", "--cutoff", "0.5",
    ])
    #expect(broken.status == 1)
    #expect(broken.errors.contains("not a sound file"))
  }

  @Test func modelsOfAnotherKindAreSentToArrays() throws {
    let outcome = try Program.run([
      "run", fixture("RouseFormatsTests/Fixtures/ops/softmax.tflite"), "--audio", fixture(speech),
      "--cutoff", "0.5",
    ])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("firmware feeds and reads one int8 [1, stride, 40]"))
    #expect(outcome.errors.contains("softmax.tflite"))
  }

  @Test(arguments: [
    ["m.tflite"], ["m.tflite", "--input", "a.npy"],
    ["m.tflite", "--input", "a.npy", "--audio", "b.wav", "--output", "c.npy"],
    ["m.tflite", "--audio", "a.wav", "--output", "x.txt"],
    ["m.tflite", "--audio", "a.wav", "b.wav", "--output", "x.npy"],
    ["m.tflite", "--audio", "a.wav", "--window", "0"],
    ["m.tflite", "--audio", "a.wav", "--cutoff", "1"],
    ["m.tflite", "--input", "a.npy", "--output", "x.npy", "--cutoff", "0.5"],
  ])
  func usageIsChecked(_ arguments: [String]) throws {
    #expect(try Program.run(["run"] + arguments).status == 64)
  }
}
