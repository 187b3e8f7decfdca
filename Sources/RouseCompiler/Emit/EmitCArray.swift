import RouseFormats
import RouseResources

extension Emit {
  /// `NAME_model.h` and `NAME_model.c`.
  static func cArray(_ emission: Emission) -> [Artefact] {
    let planned = emission.planned
    let streaming = planned.quantized.streaming
    return CArrayWriter.write(
      CArray(
        name: emission.request.name, model: planned.tfliteBytes,
        arenaBytes: planned.arena.recommendedBytes,
        stepMilliseconds: emission.request.source.stepMilliseconds,
        input: streaming[streaming.inputs[0]].type, output: streaming[streaming.outputs[0]].type,
        toolVersion: Version.current))
  }
}
