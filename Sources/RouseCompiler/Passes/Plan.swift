import RouseFormats
import RouseIR

/// Writes the lowered graph as the bytes that will be flashed and adds up what they take from the target: the tensor
/// arena by simulating TFLite Micro's allocator on those very bytes, then flash, RAM and time.
public enum Plan {
  public static func apply(
    to quantized: QuantizedModel, _ detection: Detection, _ lowered: LoweredModel,
    for profile: TargetProfile, form: TFLiteForm
  ) throws -> PlannedModel {
    let graph = lowered.graph
    let encoded = try EncodedGraph(graph, form)
    let (model, bytes) = (encoded.model, encoded.bytes)
    let arena = try ArenaModel(library: profile.currentFirmware.library, for: profile)
      .report(for: model)
    let budget = Budget.evaluate(
      model, fileBytes: bytes.count, arena: arena, profile: profile,
      costs: Budget.costs(of: graph, form),
      strideRows: graph[graph.inputs[0]].type.shape[1])
    return PlannedModel(
      quantized: quantized, lowered: lowered, detection: detection, form: form, tflite: model,
      tfliteBytes: bytes, arena: arena, budget: budget)
  }
}
