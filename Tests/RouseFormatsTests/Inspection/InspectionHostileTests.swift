import RouseFormats
import RouseNumerics
import Testing

/// Files of strangers: an error with an offset or a whole report, never a crash.
@Suite struct InspectionHostileTests {
  /// True when there was a report.
  @discardableResult
  private func survives(_ bytes: [UInt8], _ format: ModelInspection.Format) -> Bool {
    guard let inspection = try? ModelInspection.read(bytes, as: format) else { return false }
    #expect(inspection.sizes.reduce(0) { $0 + $1.bytes } == bytes.count)
    #expect(!InspectionText(inspection).text.isEmpty)
    #expect(!inspection.json.isEmpty)
    _ = try? InspectionDrawing(inspection).svg()
    return true
  }

  private func format(_ name: String) -> ModelInspection.Format {
    name.hasSuffix(".onnx") ? .onnx : .tflite
  }

  @Test(arguments: ["everything", "stream_state", "split_v", "sine_float", "foreign.onnx"])
  func truncated(_ name: String) throws {
    let bytes = try InspectionExample.bytes(name)
    var whole = 0
    for count in stride(from: 0, to: bytes.count, by: max(bytes.count / 200, 1)) {
      if survives(Array(bytes[..<count]), format(name)) { whole += 1 }
    }
    // An ONNX file may end after its graph; a flatbuffer refers to its end.
    if format(name) == .tflite { #expect(whole <= 16, "the end may be padding") }
  }

  @Test(arguments: ["everything", "stream_state", "sine_float", "foreign.onnx", "example.onnx"])
  func flippedBits(_ name: String) throws {
    var random = SeededGenerator(seed: 1)
    let source = try InspectionExample.bytes(name)
    var reports = 0
    for _ in 0..<150 {
      var bytes = source
      for _ in 0...random.below(4) {
        bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
      }
      if survives(bytes, format(name)) { reports += 1 }
    }
    #expect((1..<150).contains(reports))
  }

  @Test func overwrittenWords() throws {
    let source = try TFLiteFixture.bytes("stream_state")
    let words: [UInt32] = [0, 1, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]
    for position in stride(from: 0, to: source.count - 3, by: 24) {
      for word in words {
        var bytes = source
        for byte in 0..<4 { bytes[position + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte)) }
        survives(bytes, .tflite)
      }
    }
  }

  @Test func namesTheByteOfAFault() throws {
    #expect(
      throws: FormatError.malformed(.tflite, offset: 0, expected: "at least 8 bytes", found: "0")
    ) { try ModelInspection.read([], as: .tflite) }
    #expect(
      throws: FormatError.malformed(
        .onnx, offset: 0, expected: "model.graph: a graph", found: "none")
    ) { try ModelInspection.read([], as: .onnx) }
    #expect(
      throws: FormatError.malformed(.onnx, offset: 2, expected: "a length up to 2", found: "9")
    ) { try ModelInspection.read([0x3A, 4, 0x12, 9, 0, 0], as: .onnx) }
    var model = TFLiteModel.everything
    model.subgraphs[0].operators[0].opcode = 4
    let bytes = TFLiteWriter.write(model)
    #expect {
      try ModelInspection.read(bytes, as: .tflite)
    } throws: { error in
      if case .malformed(.tflite, _, "opcode index in 0..<4", "4") = error as? FormatError {
        true
      } else {
        false
      }
    }
  }

  @Test func theNumberOfFieldsIsLimited() {
    var graph: [UInt8] = []
    for _ in 0...(1 << 20) { graph += [0x52, 0] }
    let length = graph.count
    let prefix: [UInt8] =
      [0x3A] + (0..<4).map { UInt8(length >> (7 * $0) & 127) | ($0 < 3 ? 128 : 0) }
    #expect {
      try ModelInspection.read(prefix + graph, as: .onnx)
    } throws: { error in
      if case .tooLarge(.onnx, _, "fields", 1 << 20, _) = error as? FormatError {
        true
      } else {
        false
      }
    }
  }

  /// A graph of one operator whose attribute is a graph of one operator…, with lengths of two bytes throughout.
  private func nested(_ depth: Int) -> [UInt8] {
    var graph: [UInt8] = []
    func wrap(_ key: UInt8) {
      graph = [key, UInt8(graph.count & 127) | 128, UInt8(graph.count >> 7)] + graph
    }
    for _ in 0..<depth { for key in [0x32, 0x2A, 0x0A] as [UInt8] { wrap(key) } }
    wrap(0x3A)
    return graph
  }

  @Test func nestingIsLimited() throws {
    #expect(try ModelInspection.read(nested(32), as: .onnx).graphs.count == 33)
    #expect {
      try ModelInspection.read(nested(33), as: .onnx)
    } throws: { error in
      if case .tooLarge(.onnx, _, "graphs in each other", 32, 33) = error as? FormatError {
        true
      } else {
        false
      }
    }
  }

  /// 20,000 tensors that refer to one large buffer, and as many metadata: the work does not multiply.
  @Test func sharedBuffersAreClaimedOnce() throws {
    var model = TFLiteModel(
      subgraphs: [.init(name: "")], buffers: [[], [UInt8](repeating: 1, count: 1 << 20)])
    model.subgraphs[0].tensors = Array(
      repeating: .init(name: "", shape: [1 << 20], element: .int8, buffer: 1), count: 20_000)
    model.metadata = Array(repeating: .init(name: "m", buffer: 1), count: 20_000)
    let inspection = try ModelInspection.read(TFLiteWriter.write(model), as: .tflite)
    #expect(inspection.sizes.first { $0.kind == "metadata" }.map { $0.bytes > 1 << 20 } == true)
    #expect(inspection.totals.weights == 0, "no operator reads them")
  }

  @Test func absurdRanksAreRefused() {
    var model = TFLiteModel.everything
    model.subgraphs[0].tensors[0].shape = [Int32](repeating: 1, count: 65)
    let bytes = TFLiteWriter.write(model)
    #expect {
      try ModelInspection.read(bytes, as: .tflite)
    } throws: { error in
      if case .tooLarge(.tflite, _, "extents of a tensor", 64, 65) = error as? FormatError {
        true
      } else {
        false
      }
    }
  }

  // MARK: - Names of files

  @Test func formatsAreFoundByNameOrContent() throws {
    #expect(ModelInspection.Format(fileName: "a/B.TFLITE") == .tflite)
    #expect(ModelInspection.Format(fileName: "x.onnx") == .onnx)
    #expect(ModelInspection.Format(fileName: "onnx") == nil)
    #expect(ModelInspection.Format(content: TFLiteWriter.write(.everything)) == .tflite)
    #expect(ModelInspection.Format(content: ONNXWriter.write(exampleModel)) == .onnx)
    #expect(ModelInspection.Format(content: []) == .onnx)
  }
}
