import RouseFormats
import Testing

@Suite struct ONNXWriterTests {
  @Test func readsBackEqual() throws {
    #expect(try ONNXReader.read(ONNXWriter.write(exampleModel)) == exampleModel)
  }

  @Test func emptyGraphReadsBackEqual() throws {
    let model = ONNXModel(graphName: "")
    #expect(try ONNXReader.read(ONNXWriter.write(model)) == model)
  }

  /// The wire format of a small model, by hand from the protobuf encoding.
  @Test func bytesAreThoseOfTheSpecification() {
    let model = ONNXModel(
      producer: "r", producerVersion: "1", graphName: "g",
      nodes: [
        .init(name: "n", opType: "Relu", inputs: ["x"], outputs: ["y"], attributes: ["a": .int(0)])
      ])
    let attribute: [UInt8] = [0x0a, 1, 0x61, 0x18, 0, 0xa0, 0x01, 2]
    let node =
      [0x0a, 1, 0x78, 0x12, 1, 0x79, 0x1a, 1, 0x6e, 0x22, 4, 0x52, 0x65, 0x6c, 0x75, 0x2a]
      + [UInt8(attribute.count)] + attribute
    let graph = [0x0a, UInt8(node.count)] + node + [0x12, 1, 0x67]
    #expect(
      ONNXWriter.write(model)
        == [0x08, 8, 0x12, 1, 0x72, 0x1a, 1, 0x31, 0x3a, UInt8(graph.count)] + graph + [
          0x42, 2, 0x10, 17,
        ])
  }

  /// Dictionaries iterate in another order in each process; the bytes must not.
  @Test func attributesAndMetadataAreSorted() {
    let bytes = ONNXWriter.write(exampleModel)
    func positions(_ names: [String]) -> [Int] {
      names.compactMap { bytes.firstRange(of: [0x0a, UInt8($0.utf8.count)] + Array($0.utf8)) }
        .map(\.lowerBound)
    }
    let attributes = positions(["f", "i", "is", "none", "s"])
    #expect(attributes.count == 5 && attributes == attributes.sorted())
    let keys = positions(["Z", "a", "rouse.preset"])
    #expect(keys.count == 3 && keys == keys.sorted())
  }
}
