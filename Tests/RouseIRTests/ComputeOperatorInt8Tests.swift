import Foundation
import RouseIR
import RouseNumerics
import Testing

/// A node with constant weights, prepared and run on one input.
struct Int8Example: Sendable, CustomTestStringConvertible {
  var name = "example"
  var op: Op
  /// Types of `x`, `w` and, when there is one, the bias.
  var types: [TensorType]
  var w: [Int8]
  var bias: [Int32]?
  var result: TensorType

  var testDescription: String { name }

  func kernel() throws -> any Int8Kernel {
    let constants: [TensorData] = [.int8(w)] + (bias.map { [.int32($0)] } ?? [])
    let deployable = try #require(op.deployable)
    return try deployable.int8Kernel(
      Int8Node(
        name: name, inputTypes: types,
        inputs: [.arena(offset: 3)] + constants.map { .constant($0) }, outputTypes: [result],
        outputs: [3 + types[0].bytes], variables: []))
  }

  /// The result for `x`; the bytes around input and result must stay as they were.
  func run(_ kernel: any Int8Kernel, _ x: [Int8]) -> [Int8] {
    let edge = [Int8](repeating: 55, count: 3)
    let start = 3 + types[0].bytes
    var memory = Int8Memory(arenaBytes: 0, stateBytes: 0)
    memory.arena = edge + x + [Int8](repeating: 99, count: result.bytes) + edge
    kernel.run(&memory)
    #expect(Array(memory.arena[..<start]) == edge + x)
    #expect(Array(memory.arena[(start + result.bytes)...]) == edge)
    return Array(memory.arena[start..<start + result.bytes])
  }
}

/// The int8 meaning of the operators that compute, against TFLite Micro: every bit.
@Suite struct ComputeOperatorPeerTests {
  struct Description: Decodable {
    struct Tensor: Decodable {
      var shape: [Int]
      var element: String
      var scales: [Float]?
      var zeroPoint: Int32?
      var axis: Int?

      var type: TensorType {
        get throws {
          let element = try #require(ElementType(rawValue: element))
          guard let scales else { return TensorType(Shape(shape), element) }
          let quantization =
            axis.map { Quantization(perChannel: scales, axis: $0) }
            ?? Quantization(scale: scales[0], zeroPoint: zeroPoint ?? 0)
          return TensorType(Shape(shape), element, quantization)
        }
      }
    }
    var op: String
    var attributes: [String: String]
    var inputs: [Tensor]
    var result: Tensor
  }

  static func example(_ name: String) throws -> Int8Example {
    let folder = "compute_operators/\(name)"
    let description = try Fixture.json("\(folder).json", Description.self)
    let types = try description.inputs.map { try $0.type }
    var bias: [Int32]?
    if types.count == 3 {
      guard case .int32(let values) = try Fixture.npy("\(folder).b.npy").elements else {
        throw CocoaError(.fileReadCorruptFile)
      }
      bias = values
    }
    return Int8Example(
      name: name,
      op: try Op(
        name: description.op,
        attributes: AttributeReader(op: description.op, line: 1, values: description.attributes)),
      types: types, w: try Fixture.int8s("\(folder).w.npy"), bias: bias,
      result: try description.result.type)
  }

  @Test(arguments: [
    "conv2d_1x1_relu", "conv2d_dilated_same", "conv2d_nobias_relu6", "conv2d_same_3x3_s2",
    "conv2d_scales", "conv2d_stem_5x1_s3_relu", "dwconv_dilated_mult3_relu6", "dwconv_k23x1",
    "dwconv_k5x1", "dwconv_mult2_same", "dwconv_same_k9", "fc_384_1", "fc_50_10_relu", "fc_nobias",
    "fc_perchannel_batch3", "fc_weight_zero_point",
  ])
  func everyBitIsTFLiteMicros(name: String) throws {
    let example = try Self.example(name)
    let kernel = try example.kernel()
    let x = try Fixture.int8s("compute_operators/\(name).in.npy")
    let expected = try Fixture.int8s("compute_operators/\(name).out.npy")
    let (size, results) = (example.types[0].bytes, example.result.bytes)
    #expect(x.count % size == 0 && expected.count == x.count / size * results && x.count > size)
    for run in 0..<x.count / size {
      let found = example.run(kernel, Array(x[run * size..<(run + 1) * size]))
      #expect(found == Array(expected[run * results..<(run + 1) * results]), "run \(run)")
    }
  }
}

/// Properties of the int8 meaning.
@Suite struct ComputeOperatorInt8Tests {
  /// A random quantized example of the shapes of a float one, with scales that use the range of the result.
  static func random(_ float: ComputeOperatorFloatTests.Example, seed: UInt64) throws -> Int8Example
  {
    var generator = SeededGenerator(seed: seed)
    let (x, w) = (float.shapes[0], float.shapes[1])
    let rule = try #require(float.op.deployable).quantizationRule(inputCount: float.shapes.count)
    let xScale: Float = 0.04
    var weights = Quantization(scale: 0.01, zeroPoint: 0)
    if case .weightsPerChannel(let axis) = rule.inputs[1] {
      weights = Quantization(
        perChannel: (0..<w[axis]).map { _ in generator.uniform(0.002, 0.02) }, axis: axis)
    }
    let y = try float.op.definition.outputShapes(float.shapes, [])[0]
    let taps = Float(w.count / y[y.rank - 1])
    var types = [
      TensorType(
        x, .int8, Quantization(scale: xScale, zeroPoint: Int32(generator.below(256)) - 128)),
      TensorType(w, .int8, weights),
    ]
    var bias: [Int32]?
    if float.shapes.count == 3 {
      let scales = weights.scales.map { $0 * xScale }
      let type =
        scales.count == 1
        ? Quantization(scale: scales[0], zeroPoint: 0) : Quantization(perChannel: scales, axis: 0)
      types.append(TensorType(float.shapes[2], .int32, type))
      bias = (0..<float.shapes[2].count).map { _ in Int32(generator.below(4000)) - 2000 }
    }
    return Int8Example(
      name: float.testDescription, op: float.op, types: types,
      w: (0..<w.count).map { _ in Int8(generator.below(255) - 127) }, bias: bias,
      result: TensorType(
        y, .int8,
        Quantization(
          scale: 0.03 * taps.squareRoot(), zeroPoint: Int32(generator.below(100)) - 100)))
  }

  /// The real result of the dequantized operands is at most half a step away, and 0.01 for the second rounding; results
  /// beyond int8 are at its ends.
  @Test(arguments: ComputeOperatorFloatTests.examples)
  func resultsAreWithinHalfAStepOfFloat(float: ComputeOperatorFloatTests.Example) throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      let example = try Self.random(float, seed: seed)
      let node = try FloatNode(try #require(example.op.trainable), float.shapes, batch: 1)
      var generator = SeededGenerator(seed: seed, stream: 3)
      let x = (0..<example.types[0].bytes).map { _ in Int8(generator.below(256) - 128) }
      let input = try #require(example.types[0].quantization)
      for (i, value) in x.enumerated() {
        node.inputs[0][i] = input.scale * Float(Int32(value) - input.zeroPoint)
      }
      func dequantize(_ count: Int, _ type: TensorType, _ value: (Int) -> Float, _ to: FloatView) {
        let scales = type.quantization?.scales ?? []
        let axis = type.quantization?.axis ?? 0
        let inner = type.shape.dimensions[(axis + 1)...].reduce(1, *)
        for i in 0..<count {
          to[i] = value(i) * (scales.count == 1 ? scales[0] : scales[i / inner % scales.count])
        }
      }
      dequantize(example.w.count, example.types[1], { Float(example.w[$0]) }, node.inputs[1])
      if let bias = example.bias {
        dequantize(bias.count, example.types[2], { Float(bias[$0]) }, node.inputs[2])
      }
      let real = ComputeOperatorFloatTests.reference(node)
      let output = try #require(example.result.quantization)
      let found = example.run(try example.kernel(), x)
      for (value, real) in zip(found, real) {
        let exact = Double(real) / Double(output.scale) + Double(output.zeroPoint)
        #expect(abs(min(max(exact, -128), 127) - Double(value)) < 0.51)
      }
      #expect(Set(found).count > 1 || found.count == 1 || float.op.isClamped)
    }
  }

  // MARK: - What Prepare refuses

  static let valid = Int8Example(
    op: .fullyConnected(FullyConnected(activation: .relu6)),
    types: [
      TensorType([1, 4], .int8, Quantization(scale: 0.1, zeroPoint: 0)),
      TensorType([2, 4], .int8, Quantization(scale: 0.2, zeroPoint: 0)),
      TensorType([2], .int32, Quantization(scale: 0.02, zeroPoint: 0)),
    ], w: [1, 2, 3, 4, 5, 6, 7, 8], bias: [0, 10],
    result: TensorType([1, 2], .int8, Quantization(scale: 0.5, zeroPoint: 0)))

  static let refused: [(String, @Sendable (inout Int8Example) -> Void)] = [
    ("uint8 input", { $0.types[0].element = .uint8 }),
    ("float result", { $0.result = TensorType([1, 2]) }),
    ("result of another shape", { $0.result.shape = [2, 1] }),
    ("input without scale", { $0.types[0].quantization = nil }),
    ("input scale 0", { $0.types[0].quantization?.scales = [0] }),
    ("input scale NaN", { $0.types[0].quantization?.scales = [.nan] }),
    ("weights without scale", { $0.types[1].quantization = nil }),
    ("weights with infinite scale", { $0.types[1].quantization?.scales = [.infinity] }),
    (
      "three scales for two channels",
      { $0.types[1].quantization = Quantization(perChannel: [1, 1, 1], axis: 0) }
    ),
    (
      "scales along the input",
      { $0.types[1].quantization = Quantization(perChannel: [1, 1, 1, 1], axis: 1) }
    ),
    ("weights that are too few", { $0.w.removeLast() }),
    ("bias of three", { $0.bias = [1, 2, 3] }),
    // 0.02 · 0.5 = 0.01 is the most that the scales may differ.
    ("bias of another scale", { $0.types[2].quantization?.scales = [0.0301] }),
    ("6 beyond int32", { $0.result.quantization?.scales = [1e-9] }),
    ("zero point beyond int8", { $0.result.quantization?.zeroPoint = 128 }),
  ]

  @Test func theValidExampleRuns() throws {
    // (1 + 2 + 3 + 4) · 0.02 = 0.2 rounds to 0 steps of 0.5, (26 + 10) · 0.02 = 0.72 to 1; 40 times as much is clamped at 6.
    let kernel = try Self.valid.kernel()
    #expect(Self.valid.run(kernel, [1, 1, 1, 1]) == [0, 1])
    #expect(Self.valid.run(kernel, [40, 40, 40, 40]) == [12, 12])
    #expect(Self.valid.run(kernel, [-40, -40, -40, -40]) == [0, 0])
    var close = Self.valid
    close.types[2].quantization?.scales = [0.0299]
    _ = try close.kernel()
  }

  @Test(arguments: refused.indices)
  func refuses(index: Int) {
    var example = Self.valid
    Self.refused[index].1(&example)
    #expect(throws: GraphError.self, "\(Self.refused[index].0)") { _ = try example.kernel() }
  }

  @Test func convolutionsRefuseWeightZeroPoints() {
    let type = Quantization(scale: 0.1, zeroPoint: 0)
    var example = Int8Example(
      op: .conv2D(Conv2D()),
      types: [
        TensorType([1, 1, 1, 1], .int8, type), TensorType([1, 1, 1, 1], .int8, type),
      ], w: [1], bias: nil, result: TensorType([1, 1, 1, 1], .int8, type))
    #expect(throws: Never.self) { _ = try example.kernel() }
    example.types[1].quantization?.zeroPoint = 1
    #expect(throws: GraphError.self) { _ = try example.kernel() }
  }
}

extension Op {
  /// True for an activation that may leave nothing but one value.
  var isClamped: Bool {
    definition.attributes.contains { $0.key == "activation" && $0.value != "none" }
  }
}
