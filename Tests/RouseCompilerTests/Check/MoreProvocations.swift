import RouseCompiler
import RouseFormats
import RouseIR

extension Provocation {
  static let kernels: [Provocation] = [
    .model(.fullyConnectedPerChannel) {
      try $0.edit(tensor: "dense/weights") {
        $0.quantization = .init(
          scales: [0.01, 0.02, 0.03, 0.04], zeroPoints: [0, 0, 0, 0], dimension: 1)
      }
    },
    .model(.fullyConnectedResultRank) {
      try $0.edit(tensor: "logit") { $0.shape = [1, 1, 1, 1] }
    },
    .model(.convolutionWithoutBias) {
      try $0.edit(.conv2D) { operation, _ in operation.inputs[2] = -1 }
    },
    .model(.convolutionAsymmetricPadding, .warning) { model in
      // 5 rows under a filter of 4: one row of padding above, two below.
      try model.edit(tensor: "stem/weights") { $0.shape = [4, 4, 1, 40] }
      try model.edit(tensor: "stem/conv") { $0.shape = [1, 5, 1, 4] }
      try model.edit(.conv2D) { operation, _ in
        operation.options = .conv2D(
          padding: .same, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: .relu)
      }
    },
    .model(.depthwiseAsymmetricPadding, .warning) { model in
      // 6x5 under 3x3 with stride 2: no padding above, one column left.
      try model.edit(tensor: "window") { $0.shape = [1, 6, 5, 16] }
      try model.edit(tensor: "stem/weights") {
        $0.shape = [1, 3, 3, 16]
        $0.quantization = .init(scales: [0.01], zeroPoints: [0])
      }
      try model.edit(tensor: "stem/conv") { $0.shape = [1, 3, 3, 16] }
      try model.edit(.conv2D) { operation, code in
        code.code = TFLiteBuiltin.depthwiseConv2D.rawValue
        operation.options = .depthwiseConv2D(
          padding: .same, strideH: 2, strideW: 2, dilationH: 1, dilationW: 1, multiplier: 1,
          activation: .relu)
      }
    },
    .model(.fullyConnectedUnalignedRows, .warning) {
      try $0.edit(tensor: "flat") { $0.shape = [2, 4] }
    },
  ]

  static let output: [Provocation] = [
    .manifest(
      .outputResolution, .warning, "\"probability_cutoff\": 0.5", "\"probability_cutoff\": 0.99"),
    Provocation(.cutoffUnreachable) {
      try CheckModels.report(
        CheckModels.model {
          // No logit above 0.
          try $0.edit(tensor: "logit") { $0.quantization?.zeroPoints = [127] }
        }, manifest: CheckModels.manifest.replacing("0.5,", with: "0.97,"))
    },
  ]

  static func arena(_ bytes: Int, firmware: String = "esphome-2026.10") throws -> CheckReport {
    try CheckModels.report(
      CheckModels.model(), manifest: CheckModels.manifest.replacing("65536", with: "\(bytes)"),
      firmware: firmware)
  }

  static func minimum(_ library: KernelLibrary = .espNN112) throws -> Int {
    try ArenaModel(library: library).report(for: CheckModels.model()).minimumBytes
  }

  static let arena: [Provocation] = [
    Provocation(.arenaTooSmall) { try arena(minimum() - 1, firmware: "esphome-2025.12") },
    Provocation(.arenaProbed, .warning) { try arena(minimum() - 1) },
    Provocation(.arenaTooSmallForLibrary, .warning) { try arena(minimum()) },
    Provocation(.arenaUnaligned, .note) { try arena(65_535) },
    .model(.arenaUnknown, .warning) { try $0.edit(.reshape) { $1.code = 70 } },
    Provocation(.arenaNotStated, .note) {
      try CheckModels.report(CheckModels.model(), manifest: nil)
    },
  ]

  static let legacy = """
    {"type": "micro", "wake_word": "Nova", "author": "Test", "website": "https://example.com/",
     "model": "nova.tflite", "version": 1,
     "micro": {"probability_cutoff": 0.5, "sliding_window_average_size": 5}}
    """

  static let manifests: [Provocation] = [
    Provocation(.manifestNotRead, .note) {
      try CheckModels.report(
        [try CheckModels.input(try CheckModels.model())], firmware: "TFLite Micro",
        target: "rp2040")
    },
    .manifest(.manifestMissingKey, "  \"author\": \"Test\",\n", ""),
    .manifest(
      .manifestUnknownKey, "\"type\": \"micro\",", "\"type\": \"micro\", \"licence\": \"MIT\","),
    .manifest(
      .manifestDuplicateKey, .warning, "\"type\": \"micro\",",
      "\"type\": \"micro\", \"type\": \"micro\","),
    .manifest(.manifestWrongType, "65536", "\"65536\""),
    .manifest(.manifestWrongType, .warning, "65536", "65536.0"),
    .manifest(.manifestKind, "\"type\": \"micro\"", "\"type\": \"macro\""),
    .manifest(.manifestVersion, "\"version\": 2", "\"version\": 3"),
    Provocation(.manifestLegacy, .note) {
      try CheckModels.report(CheckModels.model(), manifest: legacy)
    },
    .manifest(.manifestText, .warning, "\"Nova\"", "\" \""),
    .manifest(.manifestWebsite, "https://example.com/", "nope"),
    .manifest(.manifestLanguages, .warning, "[\"en\"]", "\"en\""),
    .manifest(.manifestLanguages, .warning, "[\"en\"]", "[]"),
    .manifest(.manifestCutoff, "0.5,", "1.5,"),
    .manifest(.manifestCutoff, "0.5,", "-1,"),
    .manifest(.manifestCutoff, "0.5,", "1.0,"),
    .manifest(.manifestCutoff, "0.5,", "0.003,"),
    .manifest(.manifestCutoffTruncated, .note, "0.5,", "0.85,"),
    .manifest(.manifestWindow, "\"sliding_window_size\": 5", "\"sliding_window_size\": 0"),
    .manifest(.manifestWindow, "\"sliding_window_size\": 5", "\"sliding_window_size\": 256"),
    .manifest(.manifestStep, "\"feature_step_size\": 10", "\"feature_step_size\": 0"),
    .manifest(.manifestStep, .warning, "\"feature_step_size\": 10", "\"feature_step_size\": 15"),
    .manifest(.manifestArena, "65536", "-5"),
    .manifest(.manifestMinimumVersion, "2024.7.0", "soon"),
    .manifest(.manifestMinimumVersion, .warning, "2024.7.0", "2024.2.0"),
    .manifest(.firmwareTooOld, "2024.7.0", "2026.6.0", firmware: "esphome-2025.12.0"),
    Provocation(.modelMissing) {
      try CheckModels.report([
        CheckInput(
          file: "nova.tflite", model: .missing,
          manifest: try CheckModels.content(CheckModels.manifest))
      ])
    },
    Provocation(.modelOutside) {
      try CheckModels.report([
        CheckInput(
          file: "../nova.tflite", model: .outside,
          manifest: try CheckModels.content(CheckModels.manifest))
      ])
    },
    .manifest(.modelName, .warning, "nova.tflite", "alexa.tflite"),
  ]

  static let board: [Provocation] = [
    Provocation(.overBudget) {
      try CheckModels.report([try CheckModels.input(try CheckModels.model())]) {
        $0.memory.internalFreeBytes.value = 1000
      }
    },
    Provocation(.overBudget, .warning) {
      try CheckModels.report([try CheckModels.input(try CheckModels.model())]) {
        $0.time.estimateErrorPercent.value = 100_000
      }
    },
    Provocation(.stepsDiffer) {
      let model = try CheckModels.model()
      let other = CheckModels.manifest.replacing(
        "\"feature_step_size\": 10", with: "\"feature_step_size\": 20")
      return try CheckModels.report([
        try CheckModels.input(model), try CheckModels.input(model, manifest: other),
      ])
    },
    Provocation(.noWakeWord, .warning) {
      let vad = try CheckModels.input(
        try CheckModels.model(), manifest: CheckModels.manifest.replacing("Nova", with: "vad"))
      return try CheckModels.report([vad, vad])
    },
  ]
}
