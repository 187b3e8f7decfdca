import RouseIR
import RouseNumerics
import Testing

/// The int8 meaning of the operators that move or look up elements, against TFLite Micro.
@Suite struct DataOperatorPeerTests {
  private let allInputs = (-128...127).map { Int8($0) }

  @Test func logisticMatchesForAllInputs() throws {
    let cases = try Fixture.floats("data_operators/logistic_quantization.npy")
    let table = try Fixture.int8s("data_operators/logistic_table.npy")
    #expect(cases.count == 144)
    for index in 0..<cases.count / 2 {
      let input = TensorType(
        [1, 256], .int8,
        Quantization(scale: cases[2 * index], zeroPoint: Int32(cases[2 * index + 1])))
      let found = try runInt8(
        Logistic(), inputs: [(allInputs, input)],
        results: [TensorType([1, 256], .int8, Logistic.resultQuantization)])
      #expect(found.results[0] == Array(table[index * 256..<(index + 1) * 256]), "case \(index)")
    }
  }

  @Test func logisticRefusesOtherResultZeroPoints() {
    let input = TensorType([1, 256], .int8, Quantization(scale: 0.1, zeroPoint: 0))
    let result = TensorType([1, 256], .int8, Quantization(scale: 1 / 256, zeroPoint: 0))
    #expect(
      throws: GraphError.mismatch(
        op: "logistic", what: "zero point of the result", expected: "-128", found: "0")
    ) { try runInt8(Logistic(), inputs: [(allInputs, input)], results: [result]) }
  }

  @Test(arguments: [0, -1, Float.nan, .infinity, 16, 1e-30] as [Float])
  func logisticRefusesScalesItCannotHold(scale: Float) {
    let input = TensorType([1, 256], .int8, Quantization(scale: scale, zeroPoint: 0))
    let result = TensorType([1, 256], .int8, Logistic.resultQuantization)
    #expect(throws: GraphError.self) {
      try runInt8(Logistic(), inputs: [(allInputs, input)], results: [result])
    }
  }

  @Test func quantizeMatchesForAllInputs() throws {
    let cases = try Fixture.floats("data_operators/quantize_cases.npy")
    let table = try Fixture.int8s("data_operators/quantize_table.npy")
    #expect(cases.count == 44 * 5)
    for index in 0..<cases.count / 5 {
      let row = Array(cases[index * 5..<(index + 1) * 5])
      let (from, to): (ElementType, ElementType) =
        [(.int8, .int8), (.int8, .uint8), (.uint8, .int8)][Int(row[4])]
      let inputs = from == .int8 ? allInputs : (0...255).map { Int8(truncatingIfNeeded: $0) }
      let found = try runInt8(
        Quantize(),
        inputs: [
          (
            inputs,
            TensorType([1, 256], from, Quantization(scale: row[0], zeroPoint: Int32(row[1])))
          )
        ],
        results: [TensorType([1, 256], to, Quantization(scale: row[2], zeroPoint: Int32(row[3])))])
      #expect(found.results[0] == Array(table[index * 256..<(index + 1) * 256]), "case \(row)")
    }
  }

  private struct SliceCase: Decodable {
    var shape: [Int]
    var begin: [Int]
    var end: [Int]
    var strides: [Int]
    var beginMask: Int
    var endMask: Int
    var shrinkAxisMask: Int
    var result: [Int]
  }

  private func type(_ shape: [Int]) -> TensorType {
    TensorType(Shape(shape), .int8, Quantization(scale: 0.05, zeroPoint: -3))
  }

  @Test func stridedSliceMatches() throws {
    let cases = try Fixture.json("data_operators/strided_slice.json", [SliceCase].self)
    var bytes = try Fixture.int8s("data_operators/strided_slice.npy")[...]
    #expect(cases.count == 48)
    for item in cases {
      let slice = StridedSlice(
        begin: item.begin, end: item.end, strides: item.strides, beginMask: item.beginMask,
        endMask: item.endMask, shrinkAxisMask: item.shrinkAxisMask)
      #expect(try slice.outputShapes([Shape(item.shape)], []) == [Shape(item.result)])
      let (input, result) = (type(item.shape), type(item.result))
      let x = Array(bytes.prefix(input.bytes))
      bytes = bytes.dropFirst(input.bytes)
      let found = try runInt8(slice, inputs: [(x, input)], results: [result])
      #expect(found.results[0] == Array(bytes.prefix(result.bytes)), "\(item)")
      bytes = bytes.dropFirst(result.bytes)
    }
    #expect(bytes.isEmpty)
  }

  private struct SplitCase: Decodable {
    var shape: [Int]
    var axis: Int
    var written: Int
    var sizes: [Int]
  }

  @Test func splitAndConcatenationMatch() throws {
    let cases = try Fixture.json("data_operators/split_v.json", [SplitCase].self)
    var bytes = try Fixture.int8s("data_operators/split_v.npy")[...]
    #expect(cases.count == 12)
    for item in cases {
      let input = type(item.shape)
      let split = SplitV(sizes: item.sizes, axis: item.axis)
      let shapes = try split.outputShapes([input.shape], [])
      let results = shapes.map { type($0.dimensions) }
      let decoded = try SplitV(
        tflite: TFLiteSource(
          options: .splitV(count: Int32(item.sizes.count)), operandTypes: [input, input, input],
          operandConstants: [
            nil, .int32(item.sizes.map(Int32.init)), .int32([Int32(item.written)]),
          ], variable: nil, resultTypes: results))
      #expect(decoded == split)
      let x = Array(bytes.prefix(input.bytes))
      bytes = bytes.dropFirst(input.bytes)
      let parts = try runInt8(split, inputs: [(x, input)], results: results).results
      for (part, type) in zip(parts, results) {
        #expect(part == Array(bytes.prefix(type.bytes)), "\(item)")
        bytes = bytes.dropFirst(type.bytes)
      }
      let concatenation = Concatenation(axis: item.axis)
      #expect(try concatenation.outputShapes(shapes, []) == [input.shape])
      let joined = try runInt8(
        concatenation, inputs: Array(zip(parts, results)), results: [input])
      #expect(joined.results[0] == x, "\(item)")
    }
    #expect(bytes.isEmpty)
  }
}
