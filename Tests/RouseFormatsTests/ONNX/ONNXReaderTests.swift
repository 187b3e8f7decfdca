import RouseFormats
import RouseNumerics
import Testing

/// Every damaged file is an error with an offset, never a crash.
@Suite struct ONNXReaderTests {
  let bytes = ONNXWriter.write(exampleModel)

  func error(_ bytes: [UInt8]) -> FormatError? {
    do {
      _ = try ONNXReader.read(bytes)
      return nil
    } catch { return error }
  }

  /// A message field: key, length, content.
  func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    precondition(content.count < 128 && number < 16)
    return [number << 3 | 2, UInt8(content.count)] + content
  }

  @Test func anEmptyFileHasNoGraph() {
    #expect(
      error([]) == .malformed(.onnx, offset: 0, expected: "model.graph: a graph", found: "none"))
  }

  @Test func noPrefixIsTheSameModel() {
    for count in 0..<bytes.count {
      #expect((try? ONNXReader.read(Array(bytes[..<count]))) != exampleModel, "cut at \(count)")
    }
  }

  @Test func aLengthBeyondItsParentIsRefused() {
    #expect(
      error([0x3a, 0x05, 0x12, 0x04, 0x67, 0x67, 0x67])
        == .malformed(
          .onnx, offset: 3, expected: "model.graph.name: a length up to 3", found: "4"))
    #expect(
      error([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
        == .malformed(
          .onnx, offset: 1, expected: "model.graph: a length up to 0", found: "\(Int.max)"))
  }

  @Test func mutationsNeverCrash() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let at = Int.random(in: 0..<damaged.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: damaged[at] = UInt8.random(in: .min ... .max, using: &generator)
        case 1: damaged.remove(at: at)
        default: damaged.insert(UInt8.random(in: .min ... .max, using: &generator), at: at)
        }
      }
      if let model = try? ONNXReader.read(damaged) {
        let again = try ONNXReader.read(ONNXWriter.write(model))
        #expect(again.nodes == model.nodes && again.outputs == model.outputs)
      }
    }
  }

  @Test func fieldsThatCouldChangeTheMeaningAreRefused() {
    // sparse_initializer (15) of the graph.
    #expect(
      error(field(7, field(15, [])))
        == .unsupported(.onnx, offset: 2, feature: "field 15 of model.graph"))
    // A tensor without raw_data (float_data is field 4).
    #expect(
      error(field(7, field(5, [0x10, 1, 0x22, 4, 0, 0, 0, 0])))
        == .unsupported(.onnx, offset: 6, feature: "field 4 of model.graph.initializer"))
    // An operator of another domain.
    #expect(
      error(field(8, [0x10, 17]) + field(7, field(1, field(7, [0x78]))))
        == .unsupported(.onnx, offset: 8, feature: "operators of the domain x"))
    #expect(
      error(field(7, []))
        == .unsupported(.onnx, offset: 0, feature: "operator sets other than the default one"))
  }

  @Test func tensorsMustFillTheirShape() {
    func tensor(_ dims: [UInt8], _ type: UInt8, _ raw: [UInt8]) -> [UInt8] {
      field(8, [0x10, 17])
        + field(7, field(5, field(1, dims) + [0x10, type] + field(8, [0x77]) + field(9, raw)))
    }
    #expect(error(tensor([2], 3, [1, 2])) == nil)
    #expect(
      error(tensor([2], 1, [1, 2, 3]))
        == .malformed(
          .onnx, offset: 8, expected: "`w`.raw_data: 2 elements of 4 bytes", found: "3 bytes"))
    #expect(
      error(tensor([2], 10, [1, 2, 3]))
        == .unsupported(.onnx, offset: 8, feature: "data type 10 of `w`"))
    let largest = [UInt8](repeating: 0xff, count: 8) + [0x7f]  // 2^63 - 1
    let minusOne = [UInt8](repeating: 0xff, count: 9) + [1]
    for dims in [largest + [2], [2] + largest, minusOne, largest] {
      guard case .malformed(.onnx, offset: 8, _, _) = error(tensor(dims, 1, [])) else {
        Issue.record("accepted dims \(dims)")
        continue
      }
    }
  }

  @Test func singularFieldsComeOnce() {
    #expect(
      error([0x08, 8, 0x08, 8])
        == .malformed(
          .onnx, offset: 2, expected: "model.ir_version: the field once", found: "it again"))
  }

  @Test func textIsUTF8WithoutNUL() {
    for text: [UInt8] in [[0xff], [0x61, 0], [0xc3]] {
      #expect(
        error(field(2, text))
          == .malformed(
            .onnx, offset: 0, expected: "model.producer_name: UTF-8 text without NUL",
            found: "other bytes"))
    }
  }

  @Test func varintsAreAtMost64Bits() {
    let nine = [UInt8](repeating: 0x80, count: 9)
    #expect(error([0x08] + nine + [1]) == error([]))
    for tail: [UInt8] in [[2], [0x80, 1]] {
      #expect(
        error([0x08] + nine + tail)
          == .malformed(
            .onnx, offset: 1, expected: "model.ir_version: a varint of 64 bits",
            found: "a longer one"))
    }
  }

  @Test func theNumberOfFieldsIsLimited() {
    // 2^20 + 1 empty nodes, 2 bytes each.
    let graph = [[UInt8]](repeating: [0x0a, 0], count: 1 << 20 + 1).flatMap { $0 }
    var length = graph.count
    var file: [UInt8] = [0x3a]
    while length >= 128 {
      file.append(UInt8(length & 127 | 128))
      length >>= 7
    }
    file.append(UInt8(length))
    guard case .tooLarge(.onnx, _, "fields", limit: 1 << 20, _) = error(file + graph) else {
      Issue.record("accepted more than 2^20 fields")
      return
    }
  }
}
