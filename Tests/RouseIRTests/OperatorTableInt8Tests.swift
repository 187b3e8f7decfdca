import RouseIR
import RouseNumerics
import Testing

extension OperatorTableTests {
  /// Rows with int8 arithmetic and a result to compare.
  static let computed = OperatorExample.table.filter {
    $0.op.deployable != nil && $0.op.name != AssignVariable.name
  }

  /// Quantizes a row by its own rule, runs both meanings on the same dequantized numbers and compares.
  @Test(arguments: computed)
  func int8StaysNearFloat(_ example: OperatorExample) throws {
    let op = try #require(example.op.deployable)
    let rule = op.quantizationRule(inputCount: example.inputs.count)
    let activation = Quantization(scale: 4 / 255, zeroPoint: -9)
    var generator = SeededGenerator(seed: 6)
    func randomBytes(_ count: Int) -> [Int8] {
      (0..<count).map { _ in Int8(truncatingIfNeeded: Int(generator.below(256)) - 128) }
    }

    var types: [TensorType] = []
    var constants: [TensorData?] = []
    var bytes: [Int8] = []
    var places: [Int8Location] = []
    for (input, shape) in zip(rule.inputs, example.inputs) {
      switch input {
      case .activation:
        types.append(TensorType(shape, .int8, activation))
        constants.append(nil)
        places.append(.arena(offset: bytes.count))
        bytes += randomBytes(shape.count)
        continue
      case .weightsPerChannel(let axis):
        let scales = (0..<shape[axis]).map { 0.004 * Float($0 + 1) }
        types.append(TensorType(shape, .int8, Quantization(perChannel: scales, axis: axis)))
        constants.append(.int8(randomBytes(shape.count).map { max($0, -127) }))
      case .weightsPerTensor:
        types.append(TensorType(shape, .int8, Quantization(scale: 0.01, zeroPoint: 0)))
        constants.append(.int8(randomBytes(shape.count).map { max($0, -127) }))
      case .bias(let activation, let weights):
        let scale = types[activation].quantization?.scales[0] ?? 0
        let scales = (types[weights].quantization?.scales ?? []).map { $0 * scale }
        types.append(
          TensorType(
            shape, .int32,
            scales.count == 1
              ? Quantization(scale: scales[0], zeroPoint: 0)
              : Quantization(perChannel: scales, axis: 0)))
        constants.append(.int32((0..<shape.count).map { _ in Int32(generator.below(4000)) - 2000 }))
      }
      if let constant = constants.last ?? nil { places.append(.constant(constant)) }
    }
    let variableTypes = example.variables.map { TensorType($0, .int8, activation) }
    let state = randomBytes(variableTypes.reduce(0) { $0 + $1.bytes })

    // Float, on what the integers stand for.
    var offset = 0
    let variables = variableTypes.map { type in
      defer { offset += type.bytes }
      return FloatView(
        dequantized(.int8(Array(state[offset..<offset + type.bytes])), type), shape: type.shape)
    }
    let inputs = zip(places, types).map { place, type -> FloatView in
      switch place {
      case .arena(let start):
        FloatView(
          dequantized(.int8(Array(bytes[start..<start + type.bytes])), type), shape: type.shape)
      case .constant(let data): FloatView(dequantized(data, type), shape: type.shape)
      }
    }
    let shapes = try example.resultShapes()
    let results = shapes.map { FloatView(zeros: $0) }
    let scratch = example.op.trainable?.scratchCount(batch: 1, example.inputs, shapes) ?? 0
    op.forward(
      ForwardStep(
        inputs: inputs, outputs: results, variables: variables,
        scratch: FloatView(zeros: [scratch]), shards: Shards(batch: 1, threads: 1),
        isTraining: false))

    // Int8, with the result type that the rule asks for.
    let resultTypes = zip(shapes, results).map { shape, result -> TensorType in
      switch rule.result {
      case .fixed(let quantization, let element): TensorType(shape, element, quantization)
      case .sameAsInputs: TensorType(shape, .int8, activation)
      case .calibrated:
        TensorType(
          shape, .int8,
          Quantization(
            scale: result.values.reduce(0) { max($0, abs($1)) } / 127, zeroPoint: 0))
      }
    }
    var resultOffsets: [Int] = []
    var memory = Int8Memory(arenaBytes: 0, stateBytes: 0)
    memory.arena = bytes
    memory.state = state
    for type in resultTypes {
      resultOffsets.append(memory.arena.count)
      memory.arena += [Int8](repeating: 77, count: type.bytes)
    }
    offset = 0
    let places8 = variableTypes.map { type in
      defer { offset += type.bytes }
      return (offset: offset, type: type)
    }
    let kernel = try op.int8Kernel(
      Int8Node(
        name: "row", inputTypes: types, inputs: places, outputTypes: resultTypes,
        outputs: resultOffsets, variables: places8))
    kernel.run(&memory)

    for (index, type) in resultTypes.enumerated() {
      let quantization = try #require(type.quantization)
      let found = Array(memory.arena[resultOffsets[index]..<resultOffsets[index] + type.bytes])
      let (low, high): (Float, Float) = type.element == .uint8 ? (0, 255) : (-128, 127)
      for (byte, real) in zip(found, results[index].values) {
        let stored = type.element == .uint8 ? Float(UInt8(bitPattern: byte)) : Float(byte)
        let exact = real / quantization.scale + Float(quantization.zeroPoint)
        #expect(abs(stored - min(max(exact, low), high)) <= example.op.int8Tolerance + 1e-3)
      }
    }
  }

  /// Two runs on the same memory: a kernel keeps nothing and changes nothing but its results.
  @Test func assigningKeepsTheInput() throws {
    let type = TensorType([1, 2, 1, 3], .int8, Quantization(scale: 0.1, zeroPoint: 0))
    let found = try runInt8(
      AssignVariable(variable: VariableID(1)), inputs: [([1, 2, 3, 4, 5, 6], type)], results: [],
      variables: [type, type], state: [Int8](repeating: 9, count: 12))
    #expect(found.state == [9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6])
  }

  private func dequantized(_ data: TensorData, _ type: TensorType) -> [Float] {
    let integers: [Int32]
    switch data {
    case .int8(let values): integers = values.map(Int32.init)
    case .uint8(let values): integers = values.map(Int32.init)
    case .int32(let values): integers = values
    case .float32(let values): return values
    }
    guard let quantization = type.quantization else { return [] }
    let inner = quantization.axis.map { type.shape.dimensions[($0 + 1)...].reduce(1, *) } ?? 1
    return integers.enumerated().map { index, value in
      let channel = quantization.axis.map { index / inner % type.shape[$0] } ?? 0
      return quantization.scales[channel] * Float(value - quantization.zeroPoint)
    }
  }
}
