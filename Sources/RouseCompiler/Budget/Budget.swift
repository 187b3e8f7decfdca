import RouseFormats
import RouseIR

/// Adds up what models take from a target.
public enum Budget {
  /// All that a 32-bit processor addresses.
  static let mostBytes = Int(UInt32.max)

  /// What one node of a streaming graph costs.
  public typealias NodeCost = (node: String, builtin: TFLiteBuiltin, cost: Cost)

  /// One of the models that a firmware runs together: a wake word, or a voice activity detector.
  public struct Model: Sendable {
    public var name: String
    public var tflite: TFLiteModel
    /// Size of the `.tflite` file, which lies in the app partition as it is.
    public var fileBytes: Int
    /// Made with the kernel library of the firmware.
    public var arena: ArenaReport
    /// One entry for each node of the streaming graph.
    public var costs: [NodeCost]
    /// Feature rows of one inference.
    public var strideRows: Int
    /// `tensor_arena_size` of the manifest; the recommendation when nil or too small.
    public var manifestArenaBytes: Int?
    /// `sliding_window_size` of the manifest; what the profile assumes when nil.
    public var slidingWindow: Int?

    public init(
      name: String, tflite: TFLiteModel, fileBytes: Int, arena: ArenaReport, costs: [NodeCost],
      strideRows: Int, manifestArenaBytes: Int? = nil, slidingWindow: Int? = nil
    ) {
      self.name = name
      self.tflite = tflite
      self.fileBytes = fileBytes
      self.arena = arena
      self.costs = costs
      self.strideRows = strideRows
      self.manifestArenaBytes = manifestArenaBytes
      self.slidingWindow = slidingWindow
    }

    /// The tensor arena that the firmware allocates; a manifest may ask for more than 32 bits address.
    public var arenaBytes: Int {
      guard let bytes = manifestArenaBytes, bytes >= arena.minimumBytes else {
        return arena.recommendedBytes
      }
      return min(bytes, Budget.mostBytes)
    }
  }

  /// - Parameters:
  ///   - models: All that are enabled at once, at least one.
  ///   - firmware: The release to compile for; the profile's newest one unless given.
  public static func evaluate(
    models: [Model], profile: TargetProfile, firmware: TargetProfile.Firmware? = nil
  ) -> BudgetReport {
    let firmware = firmware ?? profile.currentFirmware
    precondition(!models.isEmpty, "a budget has a model")
    precondition(
      models.allSatisfy { $0.arena.library == firmware.library },
      "the arena was planned for other kernels")
    precondition(models.allSatisfy { $0.strideRows > 0 }, "an inference takes at least one row")
    let lines = BudgetLines(models: models, profile: profile).all
    let unregistered = Set(models.flatMap { unregisteredOperators($0.tflite, firmware) }).sorted()
    let fits = lines.allSatisfy { $0.over == 0 } && unregistered.isEmpty
    return BudgetReport(
      target: profile.name, profile: profile.file, firmware: firmware.release,
      verdict: fits ? .fits : .doesNotFit, lines: lines, arena: summary(models[0].arena),
      otherArenas: models.dropFirst().map { summary($0.arena) },
      unregisteredOperators: unregistered)
  }

  /// The budget of a single model.
  ///
  /// - Parameters:
  ///   - fileBytes: Size of the `.tflite` file, which lies in the app partition as it is.
  ///   - arena: Made with the kernel library of `firmware`.
  ///   - costs: One entry for each node of the streaming graph.
  ///   - strideRows: Feature rows of one inference.
  ///   - firmware: The release to compile for; the profile's newest one unless given.
  public static func evaluate(
    _ model: TFLiteModel, fileBytes: Int, arena: ArenaReport, profile: TargetProfile,
    costs: [NodeCost], strideRows: Int, firmware: TargetProfile.Firmware? = nil
  ) -> BudgetReport {
    let model = Model(
      name: "model", tflite: model, fileBytes: fileBytes, arena: arena, costs: costs,
      strideRows: strideRows)
    return evaluate(models: [model], profile: profile, firmware: firmware)
  }

  // MARK: - Facts

  /// What each node of a graph costs that can be deployed and that a file in this form holds.
  public static func costs(of graph: Graph, _ form: TFLiteForm = .full) -> [NodeCost] {
    form.operators(of: graph).compactMap { node in
      guard let op = node.op.deployable else { return nil }
      let (inputs, outputs) = (graph.inputTypes(of: node), graph.outputTypes(of: node))
      return (
        node.outputs.first.map { graph[$0].name } ?? node.op.name,
        op.tflite(inputs, outputs).builtin,
        node.op.definition.cost(inputs.map(\.shape), outputs.map(\.shape))
      )
    }
  }

  private static func unregisteredOperators(
    _ model: TFLiteModel, _ firmware: TargetProfile.Firmware
  ) -> Set<String> {
    let codes = model.subgraphs.flatMap(\.operators).compactMap { node in
      model.operatorCodes.indices.contains(node.opcode) ? model.operatorCodes[node.opcode] : nil
    }
    let names = codes.map { $0.builtin?.schemaName ?? "operator \($0.code)" }
    return Set(names).subtracting(firmware.operators)
  }

  private static func summary(_ arena: ArenaReport) -> BudgetReport.Arena {
    .init(
      kernelLibrary: arena.library.rawValue, recommendedBytes: arena.recommendedBytes,
      minimumBytes: arena.minimumBytes, headBytes: arena.headBytes, tailBytes: arena.tailBytes,
      peakNode: arena.peak.map { "\($0.index) \($0.name)" },
      peakInputBytes: arena.peak?.inputBytes ?? 0, peakOutputBytes: arena.peak?.outputBytes ?? 0,
      peakStateBytes: arena.peak?.stateBytes ?? 0, peakScratchBytes: arena.peak?.scratchBytes ?? 0)
  }
}
