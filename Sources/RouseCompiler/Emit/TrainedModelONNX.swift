import RouseFormats
import RouseResources
import RouseTraining

extension TrainedModel {
  /// The network in float, over a whole window, as the bytes of an `.onnx` file; batch normalization is folded.
  public func onnx() throws -> [UInt8] {
    let folded = try FoldBatchNorm.apply(to: graph)
    return ONNXWriter.write(
      try ONNXLowering.floatModel(
        from: folded, producerVersion: Version.current,
        metadata: [
          "rouse.form": "float window", "rouse.wake_word": wakeWord,
          "rouse.preset_digest": provenance.presetDigest,
          "rouse.corpus_digest": provenance.corpusDigest, "rouse.seed": "\(provenance.seed)",
          "rouse.step": "\(provenance.steps)",
        ]))
  }
}
