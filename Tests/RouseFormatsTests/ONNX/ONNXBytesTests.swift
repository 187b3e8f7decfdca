import RouseFormats
import Testing

@Suite struct ONNXBytesTests {
  @Test func readsTheSeeds() throws {
    let models = try fuzzSeeds("onnx").map { try? ONNXReader.read($0.bytes) }
    #expect(models.count { $0 != nil } >= 4)
  }

  /// Models that `onnx` made, cut and changed at every byte: a model or an error.
  @Test func survivesDamage() throws {
    var accepted = 0
    var refused = 0
    for (_, bytes) in try fuzzSeeds("onnx") {
      damaged(bytes) { bytes in
        if (try? ONNXReader.read(bytes)) == nil { refused += 1 } else { accepted += 1 }
      }
    }
    #expect(accepted > 100 && refused > 100)
  }
}
