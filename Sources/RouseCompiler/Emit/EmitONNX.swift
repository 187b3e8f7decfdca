import RouseFormats
import RouseNumerics
import RouseResources

extension Emit {
  /// The network as ONNX, each file with provenance and what it is in its metadata.
  ///
  /// | file | form | fed with |
  /// |---|---|---|
  /// | `NAME.onnx` | float | a whole window |
  /// | `NAME_int8.onnx` | int8 as QDQ | a whole window |
  /// | `NAME_streaming.onnx` | float | the rows of one step, and the state |
  /// | `NAME_streaming_int8.onnx` | int8 as QDQ | the rows of one step, and the state in int8 |
  /// | `NAME_streaming_exact.onnx` | integers, bit for bit the `.tflite` | int8 rows of one step, and the state in int8 |
  ///
  /// `ONNXLowering` says how ports and state are called. The last file is left out when an operator has no exact form.
  static func onnx(_ emission: Emission) throws -> [Artefact] {
    let (deployable, quantized) = (emission.calibrated.deployable, emission.planned.quantized)
    func metadata(_ form: String) -> [String: String] {
      var metadata = emission.provenance.metadata
      metadata["rouse.tflite_sha256"] = SHA256.hex(SHA256.digest(emission.planned.tfliteBytes))
      metadata["rouse.form"] = form
      return metadata
    }
    let version = Version.current
    var models = [
      (
        "",
        try ONNXLowering.floatModel(
          from: deployable.window, producerVersion: version, metadata: metadata("float window"))
      ),
      (
        "_int8",
        try ONNXLowering.qdqModel(
          from: quantized.window, producerVersion: version, metadata: metadata("QDQ window"))
      ),
      (
        "_streaming",
        try ONNXLowering.floatModel(
          from: deployable.streaming, producerVersion: version,
          metadata: metadata("float streaming"))
      ),
      (
        "_streaming_int8",
        try ONNXLowering.qdqModel(
          from: quantized.streaming, producerVersion: version, metadata: metadata("QDQ streaming"))
      ),
    ]
    if hasExactONNX(quantized) {
      let exact = try ONNXLowering.exactModel(
        from: quantized.streaming, producerVersion: version, metadata: metadata("exact streaming"))
      models.append(("_streaming_exact", exact))
    }
    return models.map { suffix, model in
      Artefact(
        fileName: "\(emission.request.name)\(suffix).onnx", bytes: ONNXWriter.write(model))
    }
  }

  /// True when every operator of the network has integers in ONNX that give the device's bits.
  static func hasExactONNX(_ quantized: QuantizedModel) -> Bool {
    ONNXLowering.operatorWithoutExactForm(in: quantized.streaming) == nil
  }
}
