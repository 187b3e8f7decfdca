import RouseFormats
import RouseIR

/// A model, its manifest and what was computed of them once for all checks.
struct ModelUnderCheck {
  struct Arena {
    var library: KernelLibrary
    var report: Result<ArenaReport, CompilerError>
  }

  /// For messages: the file's name without its folder.
  let name: String
  let fileBytes: Int
  let model: TFLiteModel
  let manifest: LenientManifest?
  /// The manifest's file name without its folder; empty when there is none.
  let manifestName: String
  let profile: TargetProfile
  let firmware: TargetProfile.Firmware
  /// The model as Rouse's IR, which refuses what the int8 meaning of an operator does not cover.
  let graph: Result<Graph, FormatError>
  /// nil when the model cannot be decoded or does not end in LOGISTIC and QUANTIZE.
  let resolution: OutputResolution?
  /// For every library that the chip can have; the firmware's is among them.
  let arenas: [Arena]

  init(
    file: String, bytes: Int, model: TFLiteModel, manifest: CheckInput.Manifest?,
    profile: TargetProfile, firmware: TargetProfile.Firmware
  ) {
    name = file.lastPathComponent
    fileBytes = bytes
    self.model = model
    self.manifest = manifest?.content
    manifestName = manifest?.file.lastPathComponent ?? ""
    self.profile = profile
    self.firmware = firmware
    graph = Result { () throws(FormatError) in try GraphDecoding.graph(from: model) }
    resolution = (try? graph.get()).flatMap(OutputResolution.init(of:))
    let libraries = profile.kernelLibraries
    let own = firmware.library
    arenas = (libraries + (libraries.contains(own) ? [] : [own])).map { library in
      Arena(
        library: library,
        report: Result { () throws(CompilerError) in
          try ArenaModel(library: library, for: profile).report(for: model)
        })
    }
  }

  /// The arena with the kernels of the firmware.
  var arena: ArenaReport? {
    arenas.first { $0.library == firmware.library }.flatMap { try? $0.report.get() }
  }

  // MARK: - Parts of the model

  struct Operator {
    var subgraph: Int
    var index: Int
    var code: TFLiteModel.OperatorCode
    var inputs: [TFLiteModel.Tensor?]
    var outputs: [TFLiteModel.Tensor]
    var options: TFLiteOptions

    var name: String { SchemaNames.name(code) }
  }

  var main: TFLiteModel.Subgraph? { model.subgraphs.first }

  /// The operators of one subgraph; those with indices that point nowhere are left to the arena's own check.
  func operators(of subgraph: Int) -> [Operator] {
    let graph = model.subgraphs[subgraph]
    return graph.operators.enumerated().compactMap { index, node in
      guard model.operatorCodes.indices.contains(node.opcode) else { return nil }
      return Operator(
        subgraph: subgraph, index: index, code: model.operatorCodes[node.opcode],
        inputs: node.inputs.map { tensor($0, in: graph) },
        outputs: node.outputs.compactMap { tensor($0, in: graph) }, options: node.options)
    }
  }

  var operators: [Operator] { model.subgraphs.indices.flatMap(operators(of:)) }

  private func tensor(_ index: Int32, in graph: TFLiteModel.Subgraph) -> TFLiteModel.Tensor? {
    graph.tensors.indices.contains(Int(index)) ? graph.tensors[Int(index)] : nil
  }

  func isConstant(_ tensor: TFLiteModel.Tensor) -> Bool {
    model.buffers.indices.contains(tensor.buffer) && !model.buffers[tensor.buffer].isEmpty
  }

  /// The first input and output of the main subgraph, which are what the firmware uses.
  var input: TFLiteModel.Tensor? { main?.inputs.first.flatMap { tensor($0, in: main) } }
  var output: TFLiteModel.Tensor? { main?.outputs.first.flatMap { tensor($0, in: main) } }

  private func tensor(_ index: Int32, in graph: TFLiteModel.Subgraph?) -> TFLiteModel.Tensor? {
    graph.flatMap { tensor(index, in: $0) }
  }

  // MARK: - Places

  func place(_ node: Operator) -> String {
    let subgraph = node.subgraph == 0 ? "" : " of subgraph \(node.subgraph)"
    return "\(name) operator \(node.index)\(subgraph) \(node.name)"
  }

  func manifestPlace(_ key: String, line: Int) -> String { "\(manifestName):\(line) \(key)" }

  func place(_ tensor: TFLiteModel.Tensor, _ role: String) -> String {
    tensor.name.isEmpty ? "\(name) \(role)" : "\(name) \(role) `\(tensor.name.prefix(80))`"
  }
}

extension String {
  /// `okay_nabu.json` of `models/okay_nabu.json`.
  var lastPathComponent: String { split(separator: "/").last.map(String.init) ?? self }
}
