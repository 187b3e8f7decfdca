import Foundation
import RouseFormats
import Testing

/// `rouse check` as a person or a script meets it: exit codes, messages, colour.
@Suite struct CheckCommandTests {
  private func check(_ arguments: [String]) throws -> Program.Outcome {
    try Program.run(["check"] + arguments)
  }

  private func withFile<Result>(
    _ name: String, _ content: [UInt8], _ body: (String) throws -> Result
  ) throws -> Result {
    let folder = try Folder([name: Data(content)])
    return try withExtendedLifetime(folder) { try body("\(folder.path)/\(name)") }
  }

  /// One row of features -> dense -> probability, without state.
  private static func model(output: TFLiteModel.Element = .uint8) -> TFLiteModel {
    func tensor(
      _ name: String, _ shape: [Int32], _ element: TFLiteModel.Element, _ scale: Float,
      _ zeroPoint: Int64, buffer: Int = 0
    ) -> TFLiteModel.Tensor {
      .init(
        name: name, shape: shape, element: element, buffer: buffer,
        quantization: .init(scales: [scale], zeroPoints: [zeroPoint]))
    }
    return TFLiteModel(
      description: "test",
      operatorCodes: [
        .init(code: 9, version: 4), .init(code: 14, version: 2), .init(code: 114, version: 1),
      ],
      subgraphs: [
        .init(
          name: "main",
          tensors: [
            tensor("features", [1, 1, 40], .int8, 0.1, -128),
            tensor("weights", [1, 40], .int8, 0.02, 0, buffer: 1),
            tensor("bias", [1], .int32, 0.002, 0, buffer: 2),
            tensor("logit", [1, 1], .int8, 0.1, 0),
            tensor("score", [1, 1], .int8, 1 / 256, -128),
            tensor("probability", [1, 1], output, 1 / 256, output == .uint8 ? 0 : -128),
          ], inputs: [0], outputs: [5],
          operators: [
            .init(
              opcode: 0, inputs: [0, 1, 2], outputs: [3],
              options: .fullyConnected(activation: .none, keepDimensions: false)),
            .init(opcode: 1, inputs: [3], outputs: [4], options: .none),
            .init(opcode: 2, inputs: [4], outputs: [5], options: .none),
          ])
      ], buffers: [[], [UInt8](repeating: 3, count: 40), [1, 0, 0, 0]])
  }

  @Test func aModelThatFits() throws {
    try withFile("good.tflite", TFLiteWriter.write(Self.model())) { path in
      let outcome = try check([path, "--target", "esp32-s3-n8", "--firmware", "esphome-2026.10"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.hasPrefix("fits: good.tflite on esp32-s3-n8, ESPHome 2026.10.0"))
      #expect(outcome.output.contains("esp-nn-1.2.3"))
      // A pipe is no terminal.
      #expect(!outcome.output.contains("\u{1B}"))
    }
  }

  /// Colour is for terminals of people who have not set NO_COLOR.
  @Test(arguments: [(nil, true), ("", true), ("1", false)])
  func colourIsForTerminals(_ noColor: String?, _ isExpected: Bool) throws {
    try withFile("good.tflite", TFLiteWriter.write(Self.model())) { path in
      var (terminal, screen): (Int32, Int32) = (-1, -1)
      try #require(openpty(&terminal, &screen, nil, nil, nil) == 0)
      defer { close(terminal) }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = ["check", path]
      var environment = ProcessInfo.processInfo.environment
      environment["NO_COLOR"] = noColor
      process.environment = environment
      process.standardOutput = FileHandle(fileDescriptor: screen, closeOnDealloc: false)
      try process.run()
      close(screen)
      var text: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 4096)
      // Ends with an error when the program has closed its side.
      while case let count = read(terminal, &chunk, chunk.count), count > 0 {
        text += chunk[..<count]
      }
      process.waitUntilExit()
      let start = String(decoding: text, as: UTF8.self)
      #expect(start.hasPrefix(isExpected ? "\u{1B}[1;32mfits\u{1B}[0m" : "fits: "), "\(start)")
    }
  }

  @Test func aModelThatIsRefused() throws {
    try withFile("bad.tflite", TFLiteWriter.write(Self.model(output: .int8))) { path in
      let outcome = try check([path])
      #expect(outcome.status == 2)
      #expect(outcome.output.hasPrefix("refused: bad.tflite"))
      #expect(outcome.output.contains("error[output-type]"))
      let json = try check([path, "--json"])
      #expect(json.status == 2)
      let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
      #expect((object as? [String: Any])?["verdict"] as? String == "refused")
    }
  }

  @Test(arguments: [
    ("empty.tflite", "", "the file is empty (0 bytes)", "byte 0"),
    (
      "renamed.tflite", "{\"type\": \"micro\", \"version\": 2}", "damaged or not a TFLite file",
      "like JSON"
    ),
    ("page.tflite", "<html><body>404</body></html>", "damaged or not a TFLite file", "web page"),
    ("broken.json", "{\"type\": \"micro\",", "ESPHome manifest", "byte 17"),
  ])
  func filesThatCannotBeRead(
    _ name: String, _ text: String, _ message: String, _ detail: String
  ) throws {
    try withFile(name, Array(text.utf8)) { path in
      let outcome = try check([path])
      #expect(outcome.status == 1)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("error: "))
      for part in [message, detail, name, "byte "] {
        #expect(outcome.errors.contains(part), "\(outcome.errors)")
      }
    }
  }

  @Test func aFileThatIsCutShort() throws {
    let bytes = TFLiteWriter.write(Self.model())
    try withFile("cut.tflite", Array(bytes.prefix(bytes.count / 2))) { path in
      let outcome = try check([path])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("cut short"), "\(outcome.errors)")
    }
  }

  @Test func aManifestWithoutItsModelIsRefused() throws {
    let text = """
      {"type": "micro", "wake_word": "N", "author": "A", "model": "gone.tflite",
       "trained_languages": ["en"], "version": 2,
       "micro": {"probability_cutoff": 85, "feature_step_size": 10, "sliding_window_size": 5,
        "tensor_arena_size": 26080, "minimum_esphome_version": "2024.7.0"}}
      """
    try withFile("gone.json", Array(text.utf8)) { path in
      let outcome = try check([path])
      #expect(outcome.status == 2)
      #expect(outcome.output.contains("error[model-missing]"))
      #expect(outcome.output.contains("gone.json:3 micro.probability_cutoff"))
      #expect(outcome.output.contains("write 0.85"))
    }
  }

  @Test(arguments: [
    ([], 64), (["x.tflite", "--frobnicate"], 64), (["--help"], 0), (["none.tflite"], 1),
    (["none.tflite", "--target", "esp32-s4"], 1), (["x.tflite", "--firmware", "esphome-1999"], 1),
  ])
  func wrongUsage(_ arguments: [String], _ status: Int) throws {
    #expect(try Int(check(arguments).status) == status)
  }
}
