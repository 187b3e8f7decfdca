import RouseFormats
import Testing

/// Every byte of a file has one kind.
@Suite struct InspectionSizeTests {
  private func sizes(_ bytes: [UInt8], _ format: ModelInspection.Format) throws -> [String: Int] {
    let inspection = try ModelInspection.read(bytes, as: format)
    return Dictionary(uniqueKeysWithValues: inspection.sizes.map { ($0.kind, $0.bytes) })
  }

  @Test(arguments: InspectionExample.all)
  func sumIsTheFile(_ name: String) throws {
    let inspection = try InspectionExample.inspect(name)
    #expect(inspection.fileBytes == (try InspectionExample.bytes(name).count))
    #expect(inspection.sizes.reduce(0) { $0 + $1.bytes } == inspection.fileBytes)
    #expect(Set(inspection.sizes.map(\.kind)).count == inspection.sizes.count)
  }

  /// Against the model that the strict reader finds.
  @Test func countsAreThoseOfTheModel() throws {
    let model = try TFLiteFixture.model("dwconv_k5x1")
    let node = model.subgraphs[0].operators[0]
    func constant(_ slot: Int) -> TFLiteModel.Tensor {
      model.subgraphs[0].tensors[Int(node.inputs[slot])]
    }
    let sizes = try sizes(TFLiteFixture.bytes("dwconv_k5x1"), .tflite)
    #expect(sizes["weights"] == model.buffers[constant(1).buffer].count)
    #expect(sizes["biases"] == model.buffers[constant(2).buffer].count)
    let quantizations = model.subgraphs[0].tensors.compactMap(\.quantization)
    #expect(sizes["quantizationScales"] == quantizations.reduce(0) { $0 + 4 + 4 * $1.scales.count })
    #expect(
      sizes["quantizationZeroPoints"]
        == quantizations.reduce(0) { $0 + 4 + 8 * $1.zeroPoints.count })
    let names =
      [model.description, model.subgraphs[0].name] + model.subgraphs[0].tensors.map(\.name)
    #expect(sizes["names"] == names.reduce(0) { $0 + 4 + $1.utf8.count + 1 })
    #expect(sizes["unreferenced"] == 0)
  }

  /// What nothing refers to is found, and told from alignment.
  @Test func findsUnreferencedBytes() throws {
    let bytes = TFLiteWriter.write(.everything)
    let before = try sizes(bytes, .tflite)
    let zeros = try sizes(bytes + [UInt8](repeating: 0, count: 8), .tflite)
    #expect(zeros["padding"] == before["padding"].map { $0 + 8 })
    let junk = try sizes(bytes + [UInt8](repeating: 7, count: 40), .tflite)
    #expect(junk["unreferenced"] == before["unreferenced"].map { $0 + 40 })
  }

  /// The writer stores equal names once; they count once.
  @Test func sharedPartsCountOnce() throws {
    let tensor = TFLiteModel.Tensor(name: "same name", shape: [2], element: .int8)
    let one = TFLiteModel(subgraphs: [.init(name: "", tensors: [tensor])])
    let two = TFLiteModel(subgraphs: [.init(name: "", tensors: [tensor, tensor])])
    #expect(
      try sizes(TFLiteWriter.write(one), .tflite)["names"]
        == sizes(TFLiteWriter.write(two), .tflite)["names"])
  }

  @Test func initializersCountByType() throws {
    let sizes = try sizes(ONNXWriter.write(exampleModel), .onnx)
    #expect(sizes["initializers.float32"] == 20)
    #expect(sizes["initializers.int8"] == 3)
    #expect(sizes["initializers.uint8"] == 2)
    #expect(sizes["initializers.int32"] == 8)
    #expect(sizes["initializers.int64"] == 16)
    #expect(sizes["other"].map { $0 < 8 } == true, "the key and the length of the graph")
  }
}
