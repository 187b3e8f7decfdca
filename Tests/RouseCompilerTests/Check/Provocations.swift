import RouseCompiler
import RouseFormats
import RouseIR
import Testing

/// For every finding code a way to provoke it.
struct Provocation: Sendable, CustomTestStringConvertible {
  let code: FindingCode
  let severity: Finding.Severity
  let report: @Sendable () throws -> CheckReport

  var testDescription: String { code.rawValue }

  init(
    _ code: FindingCode, _ severity: Finding.Severity = .error,
    _ report: @escaping @Sendable () throws -> CheckReport
  ) {
    self.code = code
    self.severity = severity
    self.report = report
  }

  /// A change of the small model.
  static func model(
    _ code: FindingCode, _ severity: Finding.Severity = .error,
    _ change: @escaping @Sendable (inout TFLiteModel) throws -> Void
  ) -> Provocation {
    Provocation(code, severity) {
      try CheckModels.report(CheckModels.model { try change(&$0) })
    }
  }

  /// A change of its manifest.
  static func manifest(
    _ code: FindingCode, _ good: String, _ bad: String, firmware: String = "esphome-2026.10"
  ) -> Provocation { manifest(code, .error, good, bad, firmware: firmware) }

  static func manifest(
    _ code: FindingCode, _ severity: Finding.Severity, _ good: String, _ bad: String,
    firmware: String = "esphome-2026.10"
  ) -> Provocation {
    Provocation(code, severity) {
      let text = CheckModels.manifest.replacing(good, with: bad)
      #expect(text != CheckModels.manifest)
      return try CheckModels.report(CheckModels.model(), manifest: text, firmware: firmware)
    }
  }

  static let all = contract + operators + variables + kernels + output + arena + manifests + board
}

extension Provocation {
  static let contract: [Provocation] = [
    .model(.schemaVersion) { $0.version = 2 },
    Provocation(.unsupportedFeature) {
      var input = try CheckModels.input(try CheckModels.model())
      input.model = .bytes(try withUnknownType())
      return try CheckModels.report([input])
    },
    Provocation(.floatModel) { try CheckModels.report(CheckModels.float, manifest: nil) },
    .model(.inputCount) { $0.subgraphs[0].inputs.append($0.subgraphs[0].inputs[0]) },
    .model(.inputShape) { try $0.edit(tensor: "features") { $0.shape = [1, 49, 40, 1] } },
    .model(.inputType) { try $0.edit(tensor: "features") { $0.element = .uint8 } },
    .model(.inputQuantization) {
      try $0.edit(tensor: "features") { $0.quantization?.zeroPoints = [-127] }
    },
    .model(.inputQuantization, .warning) {
      try $0.edit(tensor: "features") { $0.quantization?.scales = [0.05] }
    },
    .model(.outputCount, .warning) { $0.subgraphs[0].outputs.append($0.subgraphs[0].outputs[0]) },
    .model(.outputCount) { $0.subgraphs[0].outputs = [] },
    .model(.outputShape) { try $0.edit(tensor: "probability") { $0.shape = [1, 2] } },
    .model(.outputType) { model in
      let index = try model.index(of: .quantize)
      model.subgraphs[0].outputs = model.subgraphs[0].operators[index].inputs
      model.subgraphs[0].operators.remove(at: index)
    },
    .model(.outputQuantization, .warning) {
      try $0.edit(tensor: "probability") { $0.quantization?.scales = [1 / 255] }
    },
    .model(.tensorType, .warning) { try $0.edit(tensor: "flat") { $0.element = .float32 } },
  ]

  /// The same model with a tensor of type 99: where two files differ that differ in one type only.
  private static func withUnknownType() throws -> [UInt8] {
    func bytes(_ element: TFLiteModel.Element) throws -> [UInt8] {
      TFLiteWriter.write(
        try CheckModels.model { try $0.edit(tensor: "flat") { $0.element = element } })
    }
    var first = try bytes(.int16)
    let second = try bytes(.bool)
    let place = try #require(zip(first, second).enumerated().first { $0.1.0 != $0.1.1 }?.offset)
    first[place] = 99
    return first
  }

  static let operators: [Provocation] = [
    .model(.operatorNotRegistered) { try $0.edit(.reshape) { $1.code = 6 } },
    .model(.customOperator) {
      try $0.edit(.reshape) {
        $1.code = 32
        $1.customCode = "FlexErf"
      }
    },
    .model(.operatorVersion, .warning) { try $0.edit(.conv2D) { $1.version = 8 } },
    .model(.operatorRefused) {
      try $0.edit(tensor: "logistic") { $0.quantization?.zeroPoints = [0] }
    },
    .model(.modelInconsistent) { try $0.edit(tensor: "stem/conv") { $0.shape = [1, 2, 1, 4] } },
    .model(.notSimulated, .warning) { $0.subgraphs.append($0.subgraphs[1]) },
  ]

  static let variables: [Provocation] = [
    Provocation(.tooManyVariables) {
      try CheckModels.report(CheckModels.model(moreVariables: 20))
    },
    .model(.variableNeverAssigned) { model in
      for index in model.subgraphs.indices {
        let codes = model.operatorCodes
        model.subgraphs[index].operators.removeAll { codes[$0.opcode].builtin == .assignVariable }
      }
    },
    .model(.variableNeverRead, .note) { model in
      try model.edit(.varHandle) { operation, _ in
        operation.options = .varHandle(container: "", sharedName: "other")
      }
    },
    .model(.variableNotInitialized, .note) { model in
      model.subgraphs[0].operators.remove(at: try model.index(of: .callOnce))
      model.subgraphs.removeLast()
    },
    .model(.initialValue, .warning) { model in
      model.buffers.append([UInt8](repeating: 7, count: 80))
      model.subgraphs[1].tensors[1].buffer = model.buffers.count - 1
    },
    .model(.initializationSubgraph) {
      try $0.edit(.callOnce) { operation, _ in operation.options = .callOnce(initSubgraph: 7) }
    },
    .model(.initializationLate, .warning) { model in
      let call = model.subgraphs[0].operators.remove(at: try model.index(of: .callOnce))
      model.subgraphs[0].operators.append(call)
    },
  ]
}
