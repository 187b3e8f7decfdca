import Foundation
import RouseFormats

/// Files to inspect: models of others, of our writers, and such that no one should have written.
enum InspectionExample {
  static let all: [String] =
    TFLiteFixture.names + ["everything", "sine_float", "hostile_names"]
    + ["foreign.onnx", "example.onnx", "hostile_names.onnx"]

  static func bytes(_ name: String) throws -> [UInt8] {
    switch name {
    case "everything": TFLiteWriter.write(.everything)
    case "hostile_names": TFLiteWriter.write(hostileNames)
    case "hostile_names.onnx": ONNXWriter.write(hostileONNX)
    case "example.onnx": ONNXWriter.write(exampleModel)
    case "foreign.onnx": try file("foreign.onnx")
    case "sine_float": try file("sine_float.tflite")
    default: try TFLiteFixture.bytes(name)
    }
  }

  static func inspect(_ name: String) throws -> ModelInspection {
    try ModelInspection.read(bytes(name), as: name.hasSuffix(".onnx") ? .onnx : .tflite)
  }

  static func file(_ name: String) throws -> [UInt8] {
    let folder = Bundle.module.resourceURL?.appendingPathComponent("Fixtures/inspection")
    guard let url = folder?.appendingPathComponent(name) else {
      throw CocoaError(.fileNoSuchFile)
    }
    return [UInt8](try Data(contentsOf: url))
  }

  /// XML's own characters, an escape sequence of terminals, and a name longer than a line.
  static let badName = "<a&\"b>'\u{1B}[31m"

  static let hostileNames: TFLiteModel = {
    var model = TFLiteModel.everything
    model.description = badName
    model.operatorCodes[2].customCode = badName
    model.subgraphs[0].name = badName
    model.subgraphs[0].tensors[0].name = badName
    model.subgraphs[0].tensors[3].name = String(repeating: "long/", count: 60)
    model.subgraphs[0].tensors[3].quantization = .init(scales: [.nan], zeroPoints: [7])
    return model
  }()

  static let hostileONNX: ONNXModel = {
    var model = exampleModel
    model.graphName = badName
    model.nodes[0].opType = badName
    model.nodes[1].outputs = [badName]
    return model
  }()

  /// Every operator code of the schema once.
  static let everyCode = TFLiteModel(
    operatorCodes: (0...252).map { .init(code: $0, version: 1) },
    subgraphs: [
      .init(
        name: "main", tensors: [.init(name: "x", shape: [1], element: .float32)],
        operators: (0...252).map { .init(opcode: $0, inputs: [0], outputs: [0], options: .none) })
    ])
}
