import Foundation
import RouseFormats
import RouseIR
import Testing

/// Models without weights, read from the text files in `Fixtures/arena`.
enum StructureFixture {
  static func models(_ file: String) throws -> [(name: String, model: TFLiteModel)] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/arena/\(file)", withExtension: "txt"))
    var result: [(name: String, model: TFLiteModel)] = []
    for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      switch words[0] {
      case "model": result.append((words[1], empty))
      case "subgraph":
        result[result.count - 1].model.subgraphs.append(
          .init(
            name: "g", inputs: try indices(words[1]), outputs: try indices(words[2])))
      case "tensor":
        let subgraph = result[result.count - 1].model.subgraphs.count - 1
        result[result.count - 1].model.subgraphs[subgraph].tensors.append(try tensor(words))
      default: try append(words, to: &result[result.count - 1].model)
      }
    }
    return result
  }

  static func model(_ name: String) throws -> TFLiteModel {
    try #require(try models(name).first).model
  }

  /// Buffer 0 is empty, buffer 1 stands for all data.
  private static let empty = TFLiteModel(buffers: [[], [0]])

  private static func tensor(_ words: [String]) throws -> TFLiteModel.Tensor {
    let elements: [String: TFLiteModel.Element] = [
      "int8": .int8, "uint8": .uint8, "int32": .int32, "float32": .float32, "resource": .resource,
    ]
    let channels = try #require(Int(words[4]))
    let shape = words[2] == "scalar" ? [] : words[2].split(separator: "x").map { Int32($0)! }
    return .init(
      name: "", shape: shape,
      element: try #require(elements[words[1]]), buffer: words[3] == "const" ? 1 : 0,
      quantization: channels == 0
        ? nil
        : .init(
          scales: .init(repeating: 1, count: channels),
          zeroPoints: .init(repeating: 0, count: channels),
          dimension: Int32(shape.firstIndex { Int($0) == channels } ?? 0)))
  }

  private static func append(_ words: [String], to model: inout TFLiteModel) throws {
    let builtin = try #require(TFLiteBuiltin.allCases.first { $0.schemaName == words[1] })
    model.operatorCodes.append(.init(code: builtin.rawValue, version: 1))
    model.subgraphs[model.subgraphs.count - 1].operators.append(
      .init(
        opcode: model.operatorCodes.count - 1, inputs: try indices(words[2]),
        outputs: try indices(words[3]), options: try options(builtin, Array(words.dropFirst(4)))))
  }

  private static func options(
    _ builtin: TFLiteBuiltin, _ words: [String]
  ) throws -> TFLiteOptions {
    switch builtin {
    case .conv2D:
      .conv2D(
        padding: try #require(Padding(rawValue: words[0])), strideH: try int(words[1]),
        strideW: try int(words[2]), dilationH: 1, dilationW: 1, activation: .none)
    case .depthwiseConv2D:
      .depthwiseConv2D(
        padding: try #require(Padding(rawValue: words[0])), strideH: try int(words[1]),
        strideW: try int(words[2]), dilationH: 1, dilationW: 1, multiplier: try int(words[3]),
        activation: .none)
    case .callOnce: .callOnce(initSubgraph: try int(words[0]))
    case .varHandle: .varHandle(container: "", sharedName: words[0])
    default: .none
    }
  }

  private static func int(_ text: String) throws -> Int32 { try #require(Int32(text)) }

  private static func indices(_ text: String) throws -> [Int32] {
    text == "-" ? [] : try text.split(separator: ",").map { try int(String($0)) }
  }
}
