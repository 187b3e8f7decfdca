import CTFLite
import RouseFormats
import RouseIR
import Testing

@Suite struct TFLiteWriterTests {
  @Test func writesWhatItReads() throws {
    let model = TFLiteModel.everything
    #expect(try TFLiteReader.read(TFLiteWriter.write(model)) == model)
  }

  @Test(arguments: TFLiteFixture.names)
  func rewritesModelsOfOthers(name: String) throws {
    let model = try TFLiteFixture.model(name)
    #expect(try TFLiteReader.read(TFLiteWriter.write(model)) == model)
  }

  @Test func writesTheSameBytesTwice() {
    #expect(TFLiteWriter.write(.everything) == TFLiteWriter.write(.everything))
  }

  /// The kernels of a microcontroller read weights in place, 16 bytes at a time.
  @Test func alignsBuffersTo16Bytes() throws {
    var model = TFLiteModel.everything
    let lengths = [1, 16, 17, 33, 64, 5]
    model.buffers = [[]] + lengths.map { [UInt8](repeating: UInt8(100 + $0), count: $0) }
    model.metadata = []
    let bytes = TFLiteWriter.write(model)
    for length in lengths {
      let value = UInt8(100 + length)
      let starts = bytes.indices.filter { start in
        start + length <= bytes.count && bytes[start..<start + length].allSatisfy { $0 == value }
      }
      #expect(starts.contains { $0 % 16 == 0 }, "buffer of \(length) bytes at \(starts)")
    }
  }

  /// Readers that predate the 32-bit field look at the 8-bit one, where 127 means "look at the other".
  @Test func writesBothOperatorCodes() throws {
    let model = TFLiteModel(
      operatorCodes: [.init(code: 3, version: 1), .init(code: 144, version: 1)],
      subgraphs: [.init(name: "main")])
    var reader = FlatBufferReader(TFLiteWriter.write(model), file: .tflite)
    let root = try reader.root(identifier: "TFL3")
    let codes = try reader.tables(root, 1, limit: 10, what: "codes")
    let deprecated = try codes.map { try reader.value($0, 0, default: Int8(0)) }
    let builtin = try codes.map { try reader.value($0, 3, default: Int32(0)) }
    #expect(deprecated == [3, 127])
    #expect(builtin == [3, 144])
  }

  /// Sharing equal parts is most of the difference between these files and a converter's.
  @Test func storesEqualPartsOnce() {
    var model = TFLiteModel(subgraphs: [.init(name: "main")])
    func size(tensors: Int) -> Int {
      model.subgraphs[0].tensors = (0..<tensors).map { _ in
        .init(
          name: "bias", shape: [64], element: .int32,
          quantization: .init(
            scales: [Float](repeating: 0.5, count: 64), zeroPoints: [Int64](repeating: 0, count: 64)
          ))
      }
      return TFLiteWriter.write(model).count
    }
    // One more tensor is one more offset; the tables and vectors are those of the others.
    #expect(size(tensors: 12) - size(tensors: 10) == 8)
  }

  @Test func builderStaysUsableOnlyUntilFinished() throws {
    let builder = try #require(ctflite_new())
    defer { ctflite_free(builder) }
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    #expect(ctflite_add_buffer(builder, nil, 0, 16) == 0)
    #expect(ctflite_finish(builder, 3, "", &bytes, &count))
    #expect(ctflite_verify(bytes, count, 16, 100))
    #expect(ctflite_add_buffer(builder, nil, 0, 16) == -1)
    #expect(!ctflite_finish(builder, 3, "", &bytes, &count))
  }
}
