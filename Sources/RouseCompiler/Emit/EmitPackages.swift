import RouseFormats
import RouseIR
import RouseRuntime

extension Emit {
  /// `NAME_golden.h`, and the model as packages for ESP-IDF, Arduino, PlatformIO and Zephyr.
  static func packages(_ emission: Emission) throws -> [Artefact] {
    let golden = try GoldenStretch(emission.planned.quantized.streaming)
      .vectors(from: emission.request.heldOut)
    return [golden.header(of: emission.array)] + PackageWriter.write(emission.package(golden))
  }
}

extension Emission {
  func package(_ golden: GoldenVectors) -> ModelPackage {
    let memory = request.profile.memory
    let firmware = request.profile.currentFirmware
    return ModelPackage(
      array: array, golden: golden, operators: planned.tflite.operatorCodes.compactMap(\.builtin),
      variables: planned.arena.variableCount, variableArenaBytes: memory.variableArenaBytes.value,
      cutoff: planned.detection.cutoff, window: planned.detection.window,
      deafRows: StreamingDetector.deafFeatures, wakeWord: request.source.wakeWord,
      author: request.description.author, website: request.description.website,
      firmware: firmware.release, kernels: firmware.library.rawValue, pins: firmware.pins,
      schemaVersion: Int(planned.tflite.version))
  }
}

extension TargetProfile.Firmware {
  /// The versions of Espressif's components that the firmware pins; nil when it is not made of them or pins none.
  var pins: ModelPackage.Pins? {
    let parts = interpreter.split(separator: " ")
    let library = linkedLibrary.rawValue.split(separator: "-").last.map(String.init) ?? ""
    guard parts.count == 2, parts[0] == "esp-tflite-micro", library.first?.isNumber == true else {
      return nil
    }
    return .init(interpreter: String(parts[1]), kernels: library)
  }
}
