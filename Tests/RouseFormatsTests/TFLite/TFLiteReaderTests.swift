import CTFLite
import RouseFormats
import RouseIR
import RouseNumerics
import Testing

@Suite struct TFLiteReaderTests {
  @Test func readsAStreamingModel() throws {
    let model = try TFLiteFixture.model("stream_state")
    #expect(model.operatorCodes.map(\.code) == [129, 142, 143, 2, 45, 144])
    #expect(model.subgraphs.map(\.name) == ["main", "NoOp"])
    let main = model.subgraphs[0]
    #expect(main.operators[0].options == .callOnce(initSubgraph: 1))
    #expect(main.operators[1].options == .varHandle(container: "", sharedName: "stream/states"))
    #expect(
      main.operators[4].options
        == .stridedSlice(
          beginMask: 13, endMask: 15, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0))
    #expect(main.tensors[0].quantization == .init(scales: [0.05], zeroPoints: [-128]))
    #expect(main.tensors[1].element == .resource)
    let initial = model.subgraphs[1].tensors[1]
    #expect(initial.shape == [1, 3, 1, 4])
    #expect(model.buffers[initial.buffer] == [UInt8](repeating: 0x80, count: 12))
  }

  @Test func keepsOmittedOperandsAndTheirPlace() throws {
    let model = try TFLiteFixture.model("fc_nobias")
    #expect(model.subgraphs[0].operators[0].inputs == [0, 1, -1])
  }

  /// Values that equal the schema's default are not in the file.
  @Test func fillsInDefaultsOfTheSchema() throws {
    let model = TFLiteModel(
      operatorCodes: [.init(code: 0, version: 1)],
      subgraphs: [
        .init(
          name: "", tensors: [.init(name: "", shape: [], element: .float32)],
          operators: [
            .init(
              opcode: 0, inputs: [], outputs: [],
              options: .conv2D(
                padding: .same, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1,
                activation: .none))
          ])
      ])
    let bytes = TFLiteWriter.write(model)
    #expect(try TFLiteReader.read(bytes) == model)
    var reader = FlatBufferReader(bytes, file: .tflite)
    let root = try reader.root(identifier: "TFL3")
    let subgraph = try reader.tables(root, 2, limit: 1, what: "")[0]
    let node = try reader.tables(subgraph, 3, limit: 1, what: "")[0]
    let options = try #require(try reader.table(node, 4))
    #expect(try reader.field(options, 5, size: 4) == nil, "dilation 1 is the default")
  }

  /// Files of converters from before 2021 have the 8-bit operator code only.
  @Test func readsOperatorCodesOfOldFiles() throws {
    var bytes = try TFLiteFixture.bytes("dwconv_k5x1")
    var reader = FlatBufferReader(bytes, file: .tflite)
    let root = try reader.root(identifier: "TFL3")
    let code = try reader.tables(root, 1, limit: 1, what: "")[0]
    let position = try #require(try reader.field(code, 3, size: 4))
    #expect(bytes[position] == 4)
    bytes[position] = 0
    #expect(try TFLiteReader.read(bytes).operatorCodes.map(\.builtin) == [.depthwiseConv2D])
  }

  @Test func keepsOperatorsItDoesNotKnow() throws {
    var model = try TFLiteFixture.model("softmax")
    model.operatorCodes[0].code = 207
    model.subgraphs[0].operators[0].options = .none
    let read = try TFLiteReader.read(TFLiteWriter.write(model))
    #expect(read.operatorCodes[0].code == 207)
    #expect(read.operatorCodes[0].builtin == nil)
  }

  // MARK: - Refusals

  @Test func namesTheByteOfAFault() throws {
    let empty: [UInt8] = []
    #expect(
      throws: FormatError.malformed(
        .tflite, offset: 0, expected: "at least 8 bytes", found: "0")
    ) { try TFLiteReader.read(empty) }

    let good = TFLiteWriter.write(.everything)
    var wrong = good
    wrong[4] = UInt8(ascii: "X")
    #expect(
      throws: FormatError.malformed(
        .tflite, offset: 4, expected: "identifier TFL3", found: "bytes [88, 70, 76, 51]")
    ) { try TFLiteReader.read(wrong) }

    wrong = good
    wrong[2] = 0xFF
    #expect(
      throws: FormatError.malformed(
        .tflite, offset: 0, expected: "an offset to a multiple of 4 inside the file",
        found: "distance \(0xFF_0000 + Int(good[0]))")
    ) { try TFLiteReader.read(wrong) }
  }

  @Test func refusesOtherSchemaVersions() {
    var model = TFLiteModel.everything
    model.version = 4
    #expect {
      try TFLiteReader.read(TFLiteWriter.write(model))
    } throws: { error in
      if case .unsupported(.tflite, _, "schema version 4") = error as? FormatError {
        true
      } else {
        false
      }
    }
  }

  @Test func refusesElementTypesItDoesNotKnow() throws {
    var bytes = try TFLiteFixture.bytes("logistic")
    var reader = FlatBufferReader(bytes, file: .tflite)
    let root = try reader.root(identifier: "TFL3")
    let subgraph = try reader.tables(root, 2, limit: 1, what: "")[0]
    let tensor = try reader.tables(subgraph, 0, limit: 9, what: "")[0]
    bytes[try #require(try reader.field(tensor, 1, size: 1))] = 10
    let changed = bytes
    #expect(
      throws: FormatError.unsupported(
        .tflite, offset: tensor.position, feature: "tensor type 10")
    ) { try TFLiteReader.read(changed) }
  }

  /// The writer does not check indices, so it can make files that break each rule.
  @Test(arguments: [
    ("tensor buffer in 0..<5", 9),
    ("operator inputs in -1..<4", 4),
    ("operator outputs in 0..<4", -1),
    ("subgraph inputs in 0..<4", -1),
    ("opcode index in 0..<4", 4),
    ("metadata buffer in 0..<5", 5),
    ("dimensions from 0", -1),
  ])
  func refusesIndicesOutsideTheirLists(rule: String, value: Int) throws {
    var model = TFLiteModel.everything
    switch rule {
    case "tensor buffer in 0..<5": model.subgraphs[0].tensors[0].buffer = value
    case "operator inputs in -1..<4": model.subgraphs[0].operators[0].inputs = [Int32(value)]
    case "operator outputs in 0..<4": model.subgraphs[0].operators[0].outputs = [Int32(value)]
    case "subgraph inputs in 0..<4": model.subgraphs[0].inputs = [Int32(value)]
    case "opcode index in 0..<4": model.subgraphs[0].operators[0].opcode = value
    case "metadata buffer in 0..<5": model.metadata[0].buffer = value
    default: model.subgraphs[0].tensors[0].shape = [Int32(value)]
    }
    #expect {
      try TFLiteReader.read(TFLiteWriter.write(model))
    } throws: { error in
      if case .malformed(.tflite, _, rule, String(value)) = error as? FormatError {
        true
      } else {
        false
      }
    }
  }

  @Test func refusesAnAbsurdRank() {
    var model = TFLiteModel.everything
    model.subgraphs[0].tensors[0].shape = [Int32](repeating: 1, count: 9)
    #expect {
      try TFLiteReader.read(TFLiteWriter.write(model))
    } throws: { error in
      if case .tooLarge(.tflite, _, "the shape of a tensor", 8, 9) = error as? FormatError {
        true
      } else {
        false
      }
    }
  }

  /// A few bytes can refer to one big part many times; the work stays in proportion to the file.
  @Test func refusesFilesThatReferToOnePartTooOften() {
    var model = TFLiteModel(subgraphs: [.init(name: "main")])
    let name = String(repeating: "n", count: 60_000)
    model.subgraphs[0].tensors = (0..<2000).map { _ in .init(name: name, shape: [], element: .int8)
    }
    #expect {
      try TFLiteReader.read(TFLiteWriter.write(model))
    } throws: { error in
      if case .tooLarge(.tflite, _, "parts that refer to the same bytes", _, _) = error
        as? FormatError
      {
        true
      } else {
        false
      }
    }
  }

  // MARK: - Bytes from strangers

  /// The last byte of a file is part of something.
  @Test func refusesEveryTruncation() {
    let bytes = TFLiteWriter.write(.everything)
    for count in 0..<bytes.count {
      #expect(throws: FormatError.self) { try TFLiteReader.read(Array(bytes[..<count])) }
    }
  }

  @Test(arguments: ["stream_state", "split_v"])
  func survivesTruncationOfModelsOfOthers(name: String) throws {
    let bytes = try TFLiteFixture.bytes(name)
    var refused = 0
    for count in 0..<bytes.count {
      if (try? TFLiteReader.read(Array(bytes[..<count]))) == nil { refused += 1 }
    }
    #expect(refused >= bytes.count - 16, "the end may be padding")
  }

  /// Flips bits anywhere: the result is a model or an error, and a model can be written.
  @Test(arguments: [UInt64(1), 2, 3, 4])
  func survivesFlippedBits(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let sources = [
      TFLiteWriter.write(.everything), try TFLiteFixture.bytes("stream_state"),
      try TFLiteFixture.bytes("split_v"), try TFLiteFixture.bytes("fc_nobias"),
    ]
    var accepted = 0
    for _ in 0..<1000 {
      var bytes = sources[random.below(sources.count)]
      for _ in 0...random.below(4) {
        bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
      }
      if let model = try? TFLiteReader.read(bytes) {
        accepted += 1
        #expect(!TFLiteWriter.write(model).isEmpty)
      }
    }
    #expect((1..<1000).contains(accepted))
  }

  /// Overwrites whole words, which reaches far offsets and huge counts that single bits do not.
  @Test func survivesOverwrittenWords() throws {
    let source = try TFLiteFixture.bytes("stream_state")
    let words: [UInt32] = [0, 1, 3, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, UInt32(source.count)]
    for position in stride(from: 0, to: source.count - 3, by: 4) {
      for word in words {
        var bytes = source
        for byte in 0..<4 { bytes[position + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte)) }
        _ = try? TFLiteReader.read(bytes)
      }
    }
  }
}
