import RouseFormats
import RouseResources

extension Emit {
  /// `NAME_model.h` and `NAME_model.c`.
  static func cArray(_ emission: Emission) -> [Artefact] { CArrayWriter.write(emission.array) }
}

extension Emission {
  /// The model as C, for every file that holds it.
  var array: CArray {
    let streaming = planned.quantized.streaming
    return CArray(
      name: request.name, model: planned.tfliteBytes, arenaBytes: planned.arena.recommendedBytes,
      stepMilliseconds: request.source.stepMilliseconds,
      input: streaming[streaming.inputs[0]].type, output: streaming[streaming.outputs[0]].type,
      toolVersion: Version.current, provenance: provenance.lines, arenaNotes: arenaNotes)
  }

  /// What to know of the arena's size, a sentence a line: for which kernels it is, and what others need.
  var arenaNotes: [String] {
    let arena = planned.arena
    let firmware = request.profile.currentFirmware
    let margin = arena.recommendedBytes - arena.minimumBytes
    return [
      "Tensor arena: \(arena.recommendedBytes) bytes, the \(arena.minimumBytes) that are needed with "
        + "\(arena.library.rawValue) (\(firmware.release)) and a margin of \(margin)."
    ]
      + planned.budget.otherLibraries.map {
        "With \($0.kernelLibrary) kernels it must be \($0.recommendedBytes) bytes."
      }
  }
}
