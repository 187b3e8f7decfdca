import Foundation
import RouseFormats
import RouseIR

/// The models under `Fixtures/ops`, made by another implementation.
enum TFLiteFixture {
  static let names = [
    "add_same", "avgpool", "concat_axis1", "conv2d_1x1_relu", "conv2d_nobias_relu6",
    "conv2d_same_3x3_s2", "conv2d_stem_5x1_s3_relu", "dwconv_k23x1", "dwconv_k5x1",
    "dwconv_mult2_same", "fc_384_1", "fc_50_10_relu", "fc_nobias", "logistic", "maxpool",
    "mean_hw_same_q", "mul_same", "pad", "quantize_i8_u8", "reshape", "softmax", "split_v",
    "stream_state", "strided_slice",
  ]

  static func bytes(_ name: String) throws -> [UInt8] { try bytes(file: "ops/\(name).tflite") }

  /// The content of a file under `Fixtures`.
  static func bytes(file: String) throws -> [UInt8] {
    guard let url = Bundle.module.resourceURL?.appendingPathComponent("Fixtures/\(file)") else {
      throw CocoaError(.fileNoSuchFile)
    }
    return [UInt8](try Data(contentsOf: url))
  }

  /// The names of the models in a folder of `Fixtures`, sorted.
  static func models(in folder: String) -> [String] {
    let path = Bundle.module.resourceURL?.appendingPathComponent("Fixtures/\(folder)").path ?? ""
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return files.filter { $0.hasSuffix(".tflite") }.map { String($0.dropLast(7)) }.sorted()
  }

  static func model(_ name: String) throws -> TFLiteModel { try TFLiteReader.read(bytes(name)) }
}

extension TFLiteModel {
  /// Every kind of options, text outside ASCII, shared and missing parts; no meaning as a network.
  static let everything: TFLiteModel = {
    let options: [TFLiteOptions] = [
      .none,
      .conv2D(
        padding: .valid, strideH: 3, strideW: 2, dilationH: 5, dilationW: 4, activation: .relu6),
      .depthwiseConv2D(
        padding: .same, strideH: 3, strideW: 2, dilationH: 5, dilationW: 4, multiplier: 6,
        activation: .relu),
      .pool2D(padding: .valid, strideH: 1, strideW: 2, filterH: 3, filterW: 4, activation: .relu),
      .fullyConnected(activation: .relu, keepDimensions: true),
      .concatenation(axis: -1, activation: .relu),
      .reshape(newShape: [1, -1, 40]),
      .stridedSlice(
        beginMask: 1, endMask: 2, ellipsisMask: 3, newAxisMask: 4, shrinkAxisMask: 5),
      .splitV(count: 2),
      .add(activation: .relu6),
      .mul(activation: .relu),
      .reducer(keepDimensions: true),
      .pack(count: 3, axis: -2),
      .softmax(beta: 0.75),
      .callOnce(initSubgraph: 1),
      .varHandle(container: "", sharedName: "states/ü"),
    ]
    let tensors: [Tensor] = [
      Tensor(
        name: "input", shape: [1, 3, 40], element: .int8,
        quantization: .init(scales: [0.1], zeroPoints: [-128])),
      Tensor(
        name: "weights é", shape: [3, 2], element: .int8, buffer: 1,
        quantization: .init(scales: [0.25, 0.5], zeroPoints: [0, 0], dimension: 1)),
      Tensor(name: "", shape: [], element: .resource),
      Tensor(
        name: "state", shape: [4], element: .float32, buffer: 3,
        quantization: .init(scales: [7], zeroPoints: []), isVariable: true),
    ]
    return TFLiteModel(
      description: "all of it",
      operatorCodes: [
        OperatorCode(code: 3, version: 3), OperatorCode(code: 129, version: 1),
        OperatorCode(code: 32, version: 1, customCode: "MyOp"), OperatorCode(code: 207, version: 9),
      ],
      subgraphs: [
        Subgraph(
          name: "main", tensors: tensors, inputs: [0], outputs: [3],
          operators: options.enumerated().map { index, options in
            Operator(opcode: index % 4, inputs: [0, -1, 1], outputs: [3], options: options)
          }),
        Subgraph(name: "", tensors: [tensors[1]], operators: []),
      ],
      buffers: [[], [1, 2, 3, 4, 5, 6], [], [UInt8](0..<16), [9]],
      metadata: [Metadata(name: "min_runtime_version", buffer: 4)])
  }()
}
