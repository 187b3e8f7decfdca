import RouseFormats
import RouseIR
import RouseResources

/// Lowers the streaming graph to the bytes that will be flashed and adds up what they take from the target: the tensor
/// arena by simulating TFLite Micro's allocator on those very bytes, then flash, RAM and time.
public enum Plan {
  public static func apply(
    to quantized: QuantizedModel, _ detection: Detection, for profile: TargetProfile
  ) throws -> PlannedModel {
    let streaming = quantized.streaming
    let model = try TFLiteLowering.model(
      from: streaming, description: "Rouse \(Version.current)")
    let bytes = TFLiteWriter.write(model)
    let arena = try ArenaModel(library: profile.currentFirmware.library, for: profile)
      .report(for: model)
    let budget = Budget.evaluate(
      model, fileBytes: bytes.count, arena: arena, profile: profile,
      costs: Budget.costs(of: streaming),
      strideRows: streaming[streaming.inputs[0]].type.shape[1])
    return PlannedModel(
      quantized: quantized, detection: detection, tflite: model, tfliteBytes: bytes, arena: arena,
      budget: budget)
  }
}
