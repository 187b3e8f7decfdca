import RouseFormats
import RouseIR
import RouseRuntime

extension Verify {
  /// Every copy of the model in the packages is the `.tflite`, every copy of the golden vectors is what the decoded model
  /// answers from a fresh state, and build files and wrapper say what the model needs.
  mutating func verifyPackages() throws {
    let identifier = SafeName.identifier(request.name)
    for file in bundle.artefacts.map(\.fileName) {
      if file.hasSuffix("\(identifier)_golden.h") {
        try verifyGolden(file)
      } else if file.contains("/src/\(identifier)_model_data.") {
        try verifyArray(file)
      } else if file.contains("/") {
        try verifyPackageText(file, identifier)
      }
    }
  }

  private mutating func verifyGolden(_ file: String) throws {
    let bytes = try read(file)
    let golden = try GoldenVectors(header: bytes)
    let graph = try decodedGraph()
    let isWhole = golden.rowBytes == graph[graph.inputs[0]].type.shape.count
    var interpreter = try Interpreter(graph)
    let answers = isWhole ? interpreter.runStream(golden.rows) : []
    let differing = zip(answers, golden.probabilities).count { $0 != $1 }
    note(
      file, bytes, reader: "GoldenVectors, Interpreter",
      "the model decoded from \(request.name).tflite gives the golden outputs from a fresh state",
      compared: golden.probabilities.count, unit: "inferences",
      difference: isWhole ? Double(differing) : .infinity)
  }

  private mutating func verifyArray(_ file: String) throws {
    let bytes = try read(file)
    let array = try CArrayReader.read(bytes)
    let model = try read("\(request.name).tflite")
    let differing = zip(array, model).reduce(abs(array.count - model.count)) {
      $0 + ($1.0 == $1.1 ? 0 : 1)
    }
    note(
      file, bytes, reader: "CArrayReader", "the array holds the bytes of \(request.name).tflite",
      compared: array.count, unit: "bytes", difference: Double(differing))
  }

  private mutating func verifyPackageText(_ file: String, _ identifier: String) throws {
    let firmware = request.profile.currentFirmware
    var facts = [identifier]
    var claim = "it names the model"
    if file.hasSuffix("_wake_word.cc") || file.hasSuffix("_wake_word.cpp") {
      facts += operatorFacts
      claim = "it registers each of the model's operators and no other"
    } else if file.hasSuffix("_wake_word.h") {
      facts += [
        "_CUTOFF \(planned.detection.cutoff)\n", "_WINDOW \(planned.detection.window)\n",
      ]
      claim = "it states the decided detection settings"
    } else if file.hasSuffix("_model.h") {
      facts += [
        "_MODEL_BYTES \(planned.tfliteBytes.count)\n",
        "_ARENA_BYTES \(planned.arena.recommendedBytes)\n",
      ]
      claim = "it states length and arena size"
    } else if file.hasSuffix("idf_component.yml"), let pins = firmware.pins {
      facts = [
        "espressif/esp-tflite-micro: \"\(pins.interpreter)\"",
        "espressif/esp-nn: \"\(pins.kernels)\"",
      ]
      claim = "it pins the versions that the arena was computed for"
    }
    try find(file, facts, claim)
  }

  /// The size of the resolver, and one registration for each operator.
  private var operatorFacts: [String] {
    let operators = planned.tflite.operatorCodes.compactMap(\.builtin)
    return ["MicroMutableOpResolver<\(operators.count)>"]
      + operators.map { "operators.\($0.registration)() == kTfLiteOk" }
  }
}
