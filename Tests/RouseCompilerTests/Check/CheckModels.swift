import RouseCompiler
import RouseFormats
import RouseIR
import RouseNumerics
import Testing

/// A small streaming model that ESPHome accepts, and the ways to spoil it.
enum CheckModels {
  /// Features -> ring buffer of 2 rows -> 5x1 convolution over 3 new rows -> dense -> probability.
  ///
  /// - Parameter moreVariables: ring buffers that are read and assigned without being used.
  static func graph(moreVariables: Int = 0) throws -> Graph {
    let features = Quantization(scale: 1665.0 / 16384, zeroPoint: -128)
    func type(_ shape: Shape, _ quantization: Quantization) -> TensorType {
      TensorType(shape, .int8, quantization)
    }
    var builder = GraphBuilder(name: "small")
    let input = builder.input("features", type([1, 3, 40], features))
    let image = try builder.node(
      "image", .reshape(Reshape(shape: [1, 3, 1, 40])), [input],
      types: [type([1, 3, 1, 40], features)])
    let past = builder.variable("stem", type([1, 2, 1, 40], features))
    let old = try builder.node(
      "past", .readVariable(ReadVariable(variable: past)), [],
      types: [type([1, 2, 1, 40], features)])
    let window = try builder.node(
      "window", .concatenation(Concatenation(axis: 1)), old + image,
      types: [type([1, 5, 1, 40], features)])
    let rest = try builder.node(
      "rest",
      .stridedSlice(
        StridedSlice(
          begin: [0, 3, 0, 0], end: [1, 5, 1, 40], strides: [1, 1, 1, 1], beginMask: 13,
          endMask: 15)), window, types: [type([1, 2, 1, 40], features)])
    try builder.node("assign", .assignVariable(AssignVariable(variable: past)), rest)
    for index in 0..<moreVariables {
      let variable = builder.variable("more\(index)", type([1, 1], features))
      let value = try builder.node(
        "more\(index)/past", .readVariable(ReadVariable(variable: variable)), [],
        types: [type([1, 1], features)])
      try builder.node(
        "more\(index)/assign", .assignVariable(AssignVariable(variable: variable)), value)
    }
    let weights = builder.constant(
      "stem/weights", .int8((0..<800).map { Int8(truncatingIfNeeded: $0 * 29) }),
      shape: [4, 5, 1, 40],
      quantization: Quantization(perChannel: [0.01, 0.011, 0.012, 0.013], axis: 0))
    let bias = builder.constant(
      "stem/bias", .int32([1, 2, 3, 4]), shape: [4],
      quantization: Quantization(
        perChannel: [0.01, 0.011, 0.012, 0.013].map { features.scale * $0 }, axis: 0))
    let hidden = Quantization(scale: 0.3, zeroPoint: -128)
    let stem = try builder.node(
      "stem/conv", .conv2D(Conv2D(strideH: 3, activation: .relu)), [window[0], weights, bias],
      types: [type([1, 1, 1, 4], hidden)])
    let flat = try builder.node(
      "flat", .reshape(Reshape(shape: [1, 4])), stem, types: [type([1, 4], hidden)])
    let dense = builder.constant(
      "dense/weights", .int8([40, -30, 20, -10]), shape: [1, 4],
      quantization: Quantization(scale: 0.02, zeroPoint: 0))
    let denseBias = builder.constant(
      "dense/bias", .int32([5]), shape: [1],
      quantization: Quantization(scale: 0.3 * 0.02, zeroPoint: 0))
    let logit = try builder.node(
      "logit", .fullyConnected(FullyConnected()), [flat[0], dense, denseBias],
      types: [type([1, 1], Quantization(scale: 0.1, zeroPoint: 3))])
    let probability = try builder.node(
      "logistic", .logistic(Logistic()), logit, types: [type([1, 1], Logistic.resultQuantization)])
    let output = try builder.node(
      "probability", .quantize(Quantize()), probability,
      types: [TensorType([1, 1], .uint8, Quantization(scale: 1 / 256, zeroPoint: 0))])
    builder.output(output[0])
    return builder.graph
  }

  static func model(
    moreVariables: Int = 0, _ change: (inout TFLiteModel) throws -> Void = { _ in }
  ) throws -> TFLiteModel {
    var model = try TFLiteLowering.model(
      from: try graph(moreVariables: moreVariables), description: "test")
    try change(&model)
    return model
  }

  /// As openWakeWord's heads are: float, 16 embeddings of 96 numbers in, one probability out.
  static let float = TFLiteModel(
    description: "float", operatorCodes: [.init(code: 9, version: 1), .init(code: 14, version: 1)],
    subgraphs: [
      .init(
        name: "main",
        tensors: [
          .init(name: "embeddings", shape: [1, 16, 96], element: .float32),
          .init(name: "weights", shape: [1, 1536], element: .float32, buffer: 1),
          .init(name: "logit", shape: [1, 1], element: .float32),
          .init(name: "score", shape: [1, 1], element: .float32),
        ], inputs: [0], outputs: [3],
        operators: [
          .init(
            opcode: 0, inputs: [0, 1, -1], outputs: [2],
            options: .fullyConnected(activation: .none, keepDimensions: false)),
          .init(opcode: 1, inputs: [2], outputs: [3], options: .none),
        ])
    ], buffers: [[], [UInt8](repeating: 0, count: 1536 * 4)])

  // MARK: - Manifests

  static let manifest = """
    {
      "type": "micro",
      "wake_word": "Nova",
      "author": "Test",
      "website": "https://example.com/",
      "model": "nova.tflite",
      "trained_languages": ["en"],
      "version": 2,
      "micro": {
        "probability_cutoff": 0.5,
        "feature_step_size": 10,
        "sliding_window_size": 5,
        "tensor_arena_size": 65536,
        "minimum_esphome_version": "2024.7.0"
      }
    }
    """

  static func input(
    _ model: TFLiteModel, manifest: String? = manifest, file: String = "nova.tflite"
  ) throws -> CheckInput {
    CheckInput(
      file: file, model: .bytes(TFLiteWriter.write(model)), manifest: try manifest.map(content))
  }

  static func content(_ text: String) throws -> CheckInput.Manifest {
    .init(file: "nova.json", content: try LenientManifestReader.read(Array(text.utf8)))
  }

  // MARK: - Reports

  static func report(
    _ inputs: [CheckInput], firmware: String = "esphome-2026.10", target: String = "esp32-s3-n16r8",
    _ change: (inout TargetProfile) -> Void = { _ in }
  ) throws -> CheckReport {
    var profile = try TargetCatalog.profile(target)
    change(&profile)
    return try Check.report(
      CheckRequest(
        inputs: inputs, profile: profile, firmware: try profile.firmware(named: firmware)))
  }

  /// Of the small model with a manifest.
  static func report(
    _ model: TFLiteModel, manifest: String? = manifest, firmware: String = "esphome-2026.10"
  ) throws -> CheckReport {
    try report([try input(model, manifest: manifest)], firmware: firmware)
  }
}

extension TFLiteModel {
  /// The first operator of a kind in the main subgraph.
  func index(of builtin: TFLiteBuiltin) throws -> Int {
    try #require(
      subgraphs[0].operators.firstIndex { operatorCodes[$0.opcode].builtin == builtin })
  }

  /// Changes an operator of the main subgraph and gives it a code of its own.
  mutating func edit(
    _ builtin: TFLiteBuiltin, _ change: (inout Operator, inout OperatorCode) -> Void
  ) throws {
    let index = try index(of: builtin)
    var code = operatorCodes[subgraphs[0].operators[index].opcode]
    change(&subgraphs[0].operators[index], &code)
    operatorCodes.append(code)
    subgraphs[0].operators[index].opcode = operatorCodes.count - 1
  }

  /// Changes a tensor of the main subgraph by name.
  mutating func edit(tensor name: String, _ change: (inout Tensor) -> Void) throws {
    let index = try #require(subgraphs[0].tensors.firstIndex { $0.name == name })
    change(&subgraphs[0].tensors[index])
  }
}
