import RouseFormats
import RouseIR

/// Writes the lowered graph as the bytes that will be flashed and adds up what they take from the target: the tensor
/// arena by simulating TFLite Micro's allocator on those very bytes, then flash, RAM and time.
public enum Plan {
  public static func apply(
    to quantized: QuantizedModel, _ detection: Detection, _ lowered: LoweredModel,
    _ request: CompilationRequest
  ) throws -> PlannedModel {
    let (graph, profile) = (lowered.graph, request.profile)
    let form = TFLiteForm(passes: request.passes)
    var encoded = try EncodedGraph(graph, form)
    let memory = ArenaModel(library: profile.currentFirmware.library, for: profile)
    var arena = try memory.report(for: encoded.model)
    if request.passes.contains(.offlinePlan),
      let offline = try memory.offlinePlan(for: encoded.model, arena)
    {
      let other = try EncodedGraph(graph, form, offlinePlan: offline.offsets)
      let report = try memory.report(for: other.model)
      if request.objective.prefers((other, report), to: (encoded, arena)) {
        (encoded, arena) = (other, report)
      }
    }
    let (model, bytes) = (encoded.model, encoded.bytes)
    var budget = Budget.evaluate(
      model, fileBytes: bytes.count, arena: arena, profile: profile,
      costs: Budget.costs(of: graph, form),
      strideRows: graph[graph.inputs[0]].type.shape[1])
    budget.otherLibraries = try otherLibraries(model, arena.library, profile)
    return PlannedModel(
      quantized: quantized, lowered: lowered, detection: detection, form: form, tflite: model,
      tfliteBytes: bytes, arena: arena, budget: budget, provenance: request.provenance)
  }

  /// The same model with other versions of the kernels, and with the portable ones.
  private static func otherLibraries(
    _ model: TFLiteModel, _ library: KernelLibrary, _ profile: TargetProfile
  ) throws -> [BudgetReport.Library] {
    try (library.versions + [.reference]).filter { $0 != library }.map { other in
      let arena = try ArenaModel(library: other, for: profile).report(for: model)
      return .init(
        kernelLibrary: other.rawValue, recommendedBytes: arena.recommendedBytes,
        minimumBytes: arena.minimumBytes)
    }
  }
}

extension Objective {
  /// True when the first file is better: a plan in the file pays for less memory with its own bytes.
  fileprivate func prefers(
    _ a: (encoded: EncodedGraph, arena: ArenaReport),
    to b: (encoded: EncodedGraph, arena: ArenaReport)
  ) -> Bool {
    func figures(_ file: (encoded: EncodedGraph, arena: ArenaReport)) -> LoweringFigures {
      LoweringFigures(
        arenaBytes: file.arena.minimumBytes, fileBytes: file.encoded.bytes.count, cycles: 1)
    }
    let base = figures(b)
    return score(figures(a), relativeTo: base) < score(base, relativeTo: base)
  }
}
