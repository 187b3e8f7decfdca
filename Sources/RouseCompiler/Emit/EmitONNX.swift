import RouseFormats
import RouseNumerics
import RouseResources

extension Emit {
  /// The whole-window network as float and as int8 (QDQ).
  static func onnx(_ emission: Emission) throws -> [Artefact] {
    let (name, planned) = (emission.request.name, emission.planned)
    var metadata = emission.provenance.metadata
    metadata["rouse.tflite_sha256"] = SHA256.hex(SHA256.digest(planned.tfliteBytes))
    let float = try ONNXLowering.floatModel(
      from: emission.calibrated.deployable.window, producerVersion: Version.current,
      metadata: metadata)
    let qdq = try ONNXLowering.qdqModel(
      from: planned.quantized.window, producerVersion: Version.current, metadata: metadata)
    return [
      Artefact(fileName: "\(name).onnx", bytes: ONNXWriter.write(float)),
      Artefact(fileName: "\(name)_int8.onnx", bytes: ONNXWriter.write(qdq)),
    ]
  }
}
