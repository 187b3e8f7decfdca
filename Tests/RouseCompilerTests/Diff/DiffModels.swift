import RouseCompiler
import RouseFormats

/// Small models to compare: one or more rows of features -> dense -> probability.
enum DiffModels {
  /// - Parameters:
  ///   - rows: rows of one step; only the last one counts.
  ///   - weight: of every feature, in steps of 0.002.
  ///   - logitScale: of the dense layer's result.
  ///   - copies: operators that copy the logit, which change nothing.
  static func dense(
    rows: Int32 = 1, weight: UInt8 = 3, logitScale: Float = 0.1, copies: Int = 0
  ) -> TFLiteModel {
    func tensor(
      _ name: String, _ shape: [Int32], _ element: TFLiteModel.Element, _ scale: Float,
      _ zeroPoint: Int64, buffer: Int = 0
    ) -> TFLiteModel.Tensor {
      .init(
        name: name, shape: shape, element: element, buffer: buffer,
        quantization: .init(scales: [scale], zeroPoints: [zeroPoint]))
    }
    let width = 40 * rows
    var main = TFLiteModel.Subgraph(
      name: "main",
      tensors: [
        tensor("features", [1, rows, 40], .int8, 0.1, -128),
        tensor("weights", [1, width], .int8, 0.002, 0, buffer: 1),
        tensor("bias", [1], .int32, 0.0002, 0, buffer: 2),
        tensor("logit", [1, 1], .int8, logitScale, 0),
        tensor("score", [1, 1], .int8, 1 / 256, -128),
        tensor("probability", [1, 1], .uint8, 1 / 256, 0),
        .init(name: "shape", shape: [2], element: .int32, buffer: 3),
        .init(
          name: "flat", shape: [1, width], element: .int8,
          quantization: .init(scales: [0.1], zeroPoints: [-128])),
      ], inputs: [0], outputs: [5],
      operators: [
        .init(opcode: 3, inputs: [0, 6], outputs: [7], options: .reshape(newShape: [])),
        .init(
          opcode: 0, inputs: [7, 1, 2], outputs: [3],
          options: .fullyConnected(activation: .none, keepDimensions: false)),
      ])
    var logit: Int32 = 3
    for copy in 0..<copies {
      let next = Int32(main.tensors.count)
      main.tensors.append(tensor("copy \(copy)", [1, 1], .int8, logitScale, 0))
      main.operators.append(.init(opcode: 2, inputs: [logit], outputs: [next], options: .none))
      logit = next
    }
    main.operators += [
      .init(opcode: 1, inputs: [logit], outputs: [4], options: .none),
      .init(opcode: 2, inputs: [4], outputs: [5], options: .none),
    ]
    let silent = [UInt8](repeating: 0, count: Int(width) - 40)
    return TFLiteModel(
      description: "test",
      operatorCodes: [
        .init(code: 9, version: 4), .init(code: 14, version: 2), .init(code: 114, version: 1),
        .init(code: 22, version: 1),
      ], subgraphs: [main],
      buffers: [
        [], silent + [UInt8](repeating: weight, count: 40), [0, 0, 0, 0],
        [1, 0, 0, 0, UInt8(width & 255), UInt8(width >> 8), 0, 0],
      ])
  }

  static func side(_ model: TFLiteModel, _ name: String = "model.tflite") throws -> DiffModel {
    try DiffModel(file: name, bytes: TFLiteWriter.write(model))
  }
}
