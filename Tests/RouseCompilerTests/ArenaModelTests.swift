import RouseCompiler
import RouseFormats
import RouseIR
import Testing

@Suite struct ArenaModelTests {
  // MARK: - Measured with enums as wide as int

  /// Used bytes with portable kernels and with esp-nn 1.1.2, and the head with esp-nn 1.1.2.
  static let wideEnums: [(name: String, reference: Int, espNN: Int, head: Int)] = [
    ("okay_nabu", 18396, 25804, 11472),
    ("hey_jarvis", 15516, 22492, 10368),
    ("alexa", 16140, 22140, 9616),
    ("vad", 9020, 16620, 9120),
  ]

  @Test(arguments: wideEnums)
  func usedBytesOfPublishedModels(
    _ row: (name: String, reference: Int, espNN: Int, head: Int)
  ) throws {
    let model = try StructureFixture.model(row.name)
    #expect(try ArenaModel(library: .reference).report(for: model).usedBytes == row.reference)
    let report = try ArenaModel(library: .espNN112).report(for: model)
    #expect(report.usedBytes == row.espNN)
    #expect(report.headBytes == row.head)
    #expect(report.headBytes + report.tailBytes == report.usedBytes)
  }

  /// Bytes with portable kernels and with esp-nn 1.1.2.
  static let operators: [String: (reference: Int, espNN: Int)] = [
    "add_same": (764, 764), "avgpool": (588, 588), "concat_axis1": (540, 540),
    "conv2d_1x1_relu": (1084, 5212), "conv2d_nobias_relu6": (652, 1084),
    "conv2d_same_3x3_s2": (1020, 2540), "conv2d_stem_5x1_s3_relu": (940, 8780),
    "dwconv_k23x1": (2492, 2524), "dwconv_k5x1": (892, 924), "dwconv_mult2_same": (732, 764),
    "fc_384_1": (828, 828), "fc_50_10_relu": (508, 508), "fc_nobias": (476, 476),
    "logistic": (860, 860), "maxpool": (588, 588), "mean_hw_same_q": (604, 604),
    "mul_same": (732, 732), "pad": (508, 508), "quantize_i8_u8": (876, 876), "reshape": (460, 460),
    "split_v": (660, 660), "stream_state": (940, 940), "strided_slice": (652, 652),
  ]

  @Test func usedBytesOfSingleOperators() throws {
    let models = try StructureFixture.models("operators")
    #expect(models.count == Self.operators.count)
    for (name, model) in models {
      let expected = try #require(Self.operators[name])
      let reference = try ArenaModel(library: .reference).report(for: model)
      let espNN = try ArenaModel(library: .espNN112).report(for: model)
      #expect(reference.usedBytes == expected.reference, "\(name)")
      #expect(espNN.usedBytes == expected.espNN, "\(name)")
    }
  }

  // MARK: - Measured with short enums

  struct ShortEnumRow: Sendable {
    var name: String
    var library: KernelLibrary
    var used: Int
    var needed: Int
    var head: Int
  }

  static let shortEnums = [
    ShortEnumRow(name: "okay_nabu", library: .reference, used: 18372, needed: 18652, head: 4096),
    ShortEnumRow(name: "okay_nabu", library: .espNN112, used: 25780, needed: 25788, head: 11472),
    ShortEnumRow(name: "okay_nabu", library: .espNN121, used: 33748, needed: 33756, head: 19440),
    ShortEnumRow(name: "hey_jarvis", library: .reference, used: 15492, needed: 15500, head: 3424),
    ShortEnumRow(name: "hey_jarvis", library: .espNN112, used: 22468, needed: 22476, head: 10368),
    ShortEnumRow(name: "hey_jarvis", library: .espNN121, used: 29940, needed: 29948, head: 17840),
    ShortEnumRow(name: "alexa", library: .reference, used: 16116, needed: 16124, head: 3648),
    ShortEnumRow(name: "alexa", library: .espNN112, used: 22116, needed: 22124, head: 9616),
    ShortEnumRow(name: "alexa", library: .espNN121, used: 30084, needed: 30092, head: 17584),
    ShortEnumRow(name: "vad", library: .reference, used: 9012, needed: 9908, head: 1536),
    ShortEnumRow(name: "vad", library: .espNN112, used: 16612, needed: 16612, head: 9120),
    ShortEnumRow(name: "vad", library: .espNN121, used: 24580, needed: 24580, head: 17088),
  ]

  @Test(arguments: shortEnums)
  func usedAndNeededBytesOfCortexM4(_ row: ShortEnumRow) throws {
    let report = try ArenaModel(library: row.library, layout: .shortEnums)
      .report(for: StructureFixture.model(row.name))
    #expect(report.usedBytes == row.used)
    #expect(report.headBytes == row.head)
    // The measured arenas began at a multiple of 16.
    #expect(report.minimumBytesByBase[0] == row.needed)
  }

  @Test(arguments: [("okay_nabu", 19472), ("hey_jarvis", 17872), ("alexa", 17616), ("vad", 17120)])
  func headWithEspNN123(_ name: String, _ head: Int) throws {
    let report = try ArenaModel(library: .espNN123).report(for: StructureFixture.model(name))
    #expect(report.headBytes == head)
  }

  // MARK: - Field logs

  /// `Failed to resize buffer. Requested: 19440, available 11876` (okay_nabu) and what two more wake words logged in
  /// esphome/esphome#15603, each in the arena of its manifest. The addresses of the arenas are not known; heap blocks
  /// begin at multiples of 4.
  @Test(arguments: [
    ("okay_nabu", 26080, 19440, 11876), ("hey_jarvis", 22860, 17840, 10876),
    ("vad", 16772, 17088, 9380),
  ])
  func bytesThatDevicesLogged(
    _ name: String, _ arena: Int, _ requested: Int, _ available: Int
  ) throws {
    let model = try StructureFixture.model(name)
    let spaces = try [0, 4, 8, 12].map {
      try ArenaModel(library: .espNN121).headSpace(of: model, arenaBytes: arena, baseAddress: $0)
    }
    #expect(spaces.contains { $0.requested == requested && $0.available == available })
    #expect(spaces.allSatisfy { abs($0.available - available) <= 16 })
  }

  // MARK: - Other chips

  /// The portable C of esp-nn asks for no scratch in convolutions, so it needs what TFLite Micro's own kernels need.
  @Test(arguments: wideEnums)
  func portableKernelsOfEspNNNeedNoScratch(
    _ row: (name: String, reference: Int, espNN: Int, head: Int)
  ) throws {
    let model = try StructureFixture.model(row.name)
    let report = try ArenaModel(library: .espNNGeneric).report(for: model)
    #expect(report.usedBytes == row.reference)
    let reference = try ArenaModel(library: .reference).report(for: model)
    #expect(report.minimumBytes == reference.minimumBytes)
  }

  /// ESP32-P4 asks for what the S3 does in esp-nn 1.1.2, for nothing in depthwise convolutions, and for input of 16
  /// channels where a filter row is below one vector.
  @Test func scratchOfESP32P4() throws {
    let narrow = "conv2d_nobias_relu6"
    for (name, model) in try StructureFixture.models("operators") where name != narrow {
      let reference = try ArenaModel(library: .reference).report(for: model).usedBytes
      let s3 = try ArenaModel(library: .espNN112).report(for: model).usedBytes
      let p4 = try ArenaModel(library: .espNNP4112).report(for: model).usedBytes
      #expect(p4 == (name.hasPrefix("dwconv") ? reference : s3), "\(name)")
    }
    let model = try #require(
      try StructureFixture.models("operators").first { $0.name == narrow }?.model)
    let pixels = model.subgraphs[0].tensors[0].shape[1...2].reduce(1, *)
    let p4 = try ArenaModel(library: .espNNP4112).report(for: model).usedBytes
    let s3 = try ArenaModel(library: .espNN112).report(for: model).usedBytes
    #expect(p4 == s3 + 16 * Int(pixels))
    let vad = try ArenaModel(library: .espNNP4112).report(for: StructureFixture.model("vad"))
    #expect(vad.peak?.scratchBytes == 7840)
    #expect(!vad.plan.placements.contains { $0.name.contains("scratch of DEPTHWISE") })
  }

  // MARK: - Softmax

  static func softmax(_ shape: [Int32]) -> TFLiteModel {
    let tensor = TFLiteModel.Tensor(
      name: "", shape: shape, element: .int8, buffer: 0,
      quantization: .init(scales: [1], zeroPoints: [0]))
    var model = TFLiteModel(buffers: [[]])
    model.operatorCodes = [.init(code: TFLiteBuiltin.softmax.rawValue, version: 1)]
    var graph = TFLiteModel.Subgraph(name: "g", inputs: [0], outputs: [1])
    graph.tensors = [tensor, tensor]
    graph.operators = [.init(opcode: 0, inputs: [0], outputs: [1], options: .none)]
    model.subgraphs = [graph]
    return model
  }

  /// SoftmaxParams take 80 bytes on a 64-bit host (PyPI tflite-micro, print_allocations), of which 24 are the second
  /// halves of 5 pointers and alignment.
  @Test func softmaxKeepsItsParameters() throws {
    let report = try ArenaModel(library: .reference).report(for: Self.softmax([1, 12]))
    #expect(report.persistentShares.contains { $0.kind == "SOFTMAX" && (64...80) ~= $0.bytes })
    #expect(report.headBytes == 32)
  }

  /// esp-nn keeps one 32-bit exponential for each element of axis 1.
  @Test(
    arguments: [
      ([1, 12], 48), ([1, 3, 5], 20), ([1, 4, 1, 2], 16), ([7], 28),
    ] as [([Int32], Int)])
  func softmaxScratchOfEspNN(_ shape: [Int32], _ bytes: Int) throws {
    let model = Self.softmax(shape)
    for library in KernelLibrary.allCases {
      let scratch = try ArenaModel(library: library).report(for: model).plan.placements
        .filter { $0.tensor == nil }
      #expect(scratch.map(\.bytes) == (library == .reference ? [] : [bytes]), "\(library)")
    }
  }

  // MARK: - Bounds

  @Test(arguments: wideEnums.map(\.name))
  func recommendationSufficesForEveryBaseAddress(_ name: String) throws {
    for library in KernelLibrary.allCases {
      let report = try ArenaModel(library: library).report(for: StructureFixture.model(name))
      #expect(report.minimumBytesByBase.max() == report.minimumBytes)
      #expect(report.recommendedBytes % 16 == 0)
      #expect((16..<32).contains(report.recommendedBytes - report.minimumBytes))
    }
  }

  @Test func portableKernelsAreBoundByPlanning() throws {
    let model = try StructureFixture.model("vad")
    #expect(try ArenaModel(library: .reference).report(for: model).binding == .planning)
    #expect(try ArenaModel(library: .espNN112).report(for: model).binding == .plan)
  }

  @Test func peakIsTheFirstConvolution() throws {
    let report = try ArenaModel(library: .espNN112).report(for: StructureFixture.model("vad"))
    let peak = try #require(report.peak)
    #expect(peak.name == "CONV_2D")
    #expect(peak.index == 13)
    #expect(peak.inputBytes == 200)
    #expect(peak.outputBytes == 32)
    #expect(peak.scratchBytes == 7840)
    #expect(peak.stateBytes == 80)
    #expect(peak.liveBytes == 7840 + 200 + 32 + 128 + 336 + 576)
    #expect(report.largestBuffers.first?.name == "scratch of CONV_2D 13")
    #expect(report.variableBytes == 1120)
    #expect(report.variableCount == 4)
  }

  @Test func sharesAddUpToTheTail() throws {
    let report = try ArenaModel(library: .espNN112).report(for: StructureFixture.model("okay_nabu"))
    #expect(report.persistentShares.reduce(0) { $0 + $1.bytes } == report.tailBytes)
    #expect(report.persistentShares.contains { $0.kind == "nodes" && $0.bytes == 67 * 32 })
    #expect(report.persistentShares.contains { $0.kind == "tensors" && $0.bytes == 106 * 12 })
  }

  // MARK: - Plan

  @Test(arguments: wideEnums.map(\.name))
  func buffersThatLiveTogetherDoNotOverlap(_ name: String) throws {
    let plan = try ArenaModel(library: .espNN112).report(for: StructureFixture.model(name)).plan
    for (index, a) in plan.placements.enumerated() {
      #expect(a.offset % 16 == 0 && a.offset + a.bytes <= plan.headBytes)
      for b in plan.placements[(index + 1)...]
      where a.firstUse <= b.lastUse && b.firstUse <= a.lastUse {
        #expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset)
      }
    }
  }

  @Test func offsetsByTensor() throws {
    let model = try StructureFixture.model("vad")
    let plan = try ArenaModel(library: .espNN112).report(for: model).plan
    let offsets = plan.offsets(tensorCount: model.subgraphs[0].tensors.count)
    #expect(offsets[0] == plan.offset(ofTensor: 0) && offsets[0] != nil)
    // Constants and handles have no place.
    #expect(offsets[1] == nil && offsets[26] == nil)
  }

  @Test func offlinePlanIsKept() throws {
    var model = try StructureFixture.model("vad")
    let count = model.subgraphs.reduce(0) { $0 + $1.tensors.count }
    var words = [Int32](repeating: -1, count: count + 3)
    words[2] = Int32(count)
    words[3 + 35] = 12_288
    model.buffers.append(words.flatMap { word in (0..<4).map { UInt8(word >> (8 * $0) & 255) } })
    model.metadata.append(.init(name: "OfflineMemoryAllocation", buffer: 2))
    let report = try ArenaModel(library: .reference).report(for: model)
    #expect(report.plan.offset(ofTensor: 35) == 12_288)
    #expect(report.headBytes == 12_288 + 208)
  }

  // MARK: - Damaged files

  @Test func damagedModelsAreRefused() throws {
    let good = try StructureFixture.model("vad")
    let damages: [(inout TFLiteModel) -> Void] = [
      { $0.subgraphs = [] },
      { $0.operatorCodes[0].code = 9999 },
      { $0.subgraphs[0].operators[3].opcode = 500 },
      { $0.subgraphs[0].operators[13].inputs[0] = 1000 },
      { $0.subgraphs[0].operators[13].inputs = [] },
      { $0.subgraphs[0].operators[13].outputs[0] = -1 },
      { $0.subgraphs[0].outputs[0] = 53 },
      { $0.subgraphs[0].tensors[0].shape = [1 << 20, 1 << 20, 1 << 20] },
      { $0.subgraphs[0].tensors[0].shape[1] = -3 },
      { $0.subgraphs[0].tensors[25].shape = [32, 5, 40] },
      { $0.subgraphs[0].tensors[0].buffer = 7 },
      { $0.subgraphs[0].operators[0].options = .callOnce(initSubgraph: 0) },
      { $0.subgraphs[0].operators[0].options = .callOnce(initSubgraph: 2) },
      { $0.subgraphs[1].operators[1].options = .callOnce(initSubgraph: 1) },
      { $0.subgraphs[0].operators[13].options = .none },
      { $0.metadata.append(.init(name: "OfflineMemoryAllocation", buffer: 1)) },
    ]
    for (index, damage) in damages.enumerated() {
      var model = good
      damage(&model)
      #expect(throws: CompilerError.self, "damage \(index)") {
        try ArenaModel(library: .espNN112).report(for: model)
      }
    }
  }
}
