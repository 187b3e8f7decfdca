import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import Testing

/// Files of strangers: whatever they state, the check ends with findings or an error.
@Suite struct HostileCheckTests {
  /// Extreme numbers where checks calculate.
  @Test func extremeNumbersAreFindingsOrErrors() throws {
    let changes: [@Sendable (inout TFLiteModel) throws -> Void] = [
      { try $0.edit(tensor: "features") { $0.quantization?.zeroPoints = [.max] } },
      { try $0.edit(tensor: "features") { $0.quantization?.zeroPoints = [.min] } },
      { try $0.edit(tensor: "features") { $0.shape = [1, 1 << 20, 40] } },
      { try $0.edit(tensor: "features") { $0.shape = [0, 0, 0] } },
      { try $0.edit(tensor: "flat") { $0.shape = [64, 128, 64, 128] } },
      { try $0.edit(.fullyConnected) { operation, _ in operation.inputs = [] } },
      { try $0.edit(.conv2D) { operation, _ in operation.inputs = [-1, -1] } },
      {
        try $0.edit(.conv2D) { operation, _ in
          operation.options = .conv2D(
            padding: .same, strideH: .max, strideW: 0, dilationH: .min, dilationW: -1,
            activation: .none)
        }
      },
      {
        try $0.edit(.conv2D) { operation, code in
          code.code = TFLiteBuiltin.depthwiseConv2D.rawValue
          operation.inputs = [operation.inputs[0]]
          operation.options = .depthwiseConv2D(
            padding: .same, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, multiplier: 1,
            activation: .none)
        }
      },
      { $0.subgraphs[0].operators = [] },
      { $0.subgraphs[0].inputs = [] },
      { $0.subgraphs[0].tensors[0].shape = [] },
    ]
    var judged = 0
    for change in changes {
      do {
        let report = try CheckModels.report(CheckModels.model { try change(&$0) })
        #expect(!report.findings.isEmpty && report.json.contains("verdict"))
        judged += 1
      } catch CompilerError.unreadable {
        // The reader has found it first.
      }
    }
    #expect(judged >= changes.count - 2)
  }

  /// The reader names the byte.
  @Test(arguments: [Float.nan, .infinity, 0, -1])
  func scalesThatAreNoneAreUnreadable(_ scale: Float) throws {
    let model = try CheckModels.model {
      try $0.edit(tensor: "features") { $0.quantization?.scales = [scale] }
    }
    let error = #expect(throws: CompilerError.self) { try CheckModels.report(model) }
    guard case .unreadable("nova.tflite", .malformed(.tflite, _, _, _), .tflite) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    "-9223372036854775808", "9223372036854775807", "1e308", "-0", "99999999999999999999",
  ])
  func extremeManifestsAreFindings(_ number: String) throws {
    for field in ["65536", "0.5", " 10,", " 5,"] {
      let text = CheckModels.manifest.replacing(
        field, with: field.hasSuffix(",") ? " \(number)," : number)
      let report = try CheckModels.report(CheckModels.model(), manifest: text)
      #expect(report.verdict == .refused, "\(field)")
      #expect(report.json.contains("verdict"))
    }
  }

  /// One byte changed at random: findings or an error, and always an end.
  @Test func changedBytesAreFindingsOrErrors() throws {
    let bytes = TFLiteWriter.write(try CheckModels.model())
    var generator = SeededGenerator(seed: 11)
    var unreadable = 0
    for _ in 0..<120 {
      var changed = bytes
      changed[generator.below(bytes.count)] = UInt8(generator.below(256))
      var input = try CheckModels.input(try CheckModels.model())
      input.model = .bytes(changed)
      do {
        _ = try CheckModels.report([input]).json
      } catch CompilerError.unreadable {
        unreadable += 1
      }
    }
    #expect(unreadable > 5 && unreadable < 120)
  }
}
