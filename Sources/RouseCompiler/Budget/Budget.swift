import RouseFormats
import RouseIR

/// Adds up what a model takes from a target.
public enum Budget {
  /// - Parameters:
  ///   - fileBytes: Size of the `.tflite` file, which lies in the app partition as it is.
  ///   - arena: Made with the kernel library of `firmware`.
  ///   - costs: One entry for each node of the streaming graph.
  ///   - strideRows: Feature rows of one inference.
  ///   - firmware: The release to compile for; the profile's newest one unless given.
  public static func evaluate(
    _ model: TFLiteModel, fileBytes: Int, arena: ArenaReport, profile: TargetProfile,
    costs: [(node: String, builtin: TFLiteBuiltin, cost: Cost)], strideRows: Int,
    firmware: TargetProfile.Firmware? = nil
  ) -> BudgetReport {
    let firmware = firmware ?? profile.currentFirmware
    precondition(arena.library == firmware.library, "the arena was planned for other kernels")
    precondition(strideRows > 0, "an inference takes at least one row")
    var lines = [flash(fileBytes, profile), tensorArena(arena, profile)]
    lines += memory(arena, profile)
    lines.append(time(model, profile, costs, strideRows))
    lines.append(
      .init(
        "resource variables", .variables, limit: profile.memory.resourceVariables,
        key: "memory.resourceVariables", parts: [.init("ring buffers", arena.variableCount)]))
    let unregistered = unregisteredOperators(model, firmware)
    let fits = lines.allSatisfy { $0.over == 0 } && unregistered.isEmpty
    return BudgetReport(
      target: profile.name, profile: profile.file, firmware: firmware.release,
      verdict: fits ? .fits : .doesNotFit, lines: lines, arena: summary(arena),
      unregisteredOperators: unregistered)
  }

  // MARK: - Lines

  private static func flash(_ fileBytes: Int, _ profile: TargetProfile) -> BudgetReport.Line {
    .init(
      "app flash", .bytes, limit: profile.flash.appPartitionBytes, key: "flash.appPartitionBytes",
      parts: [
        .init("model", fileBytes), .init("interpreter", profile.flash.interpreterBytes.value),
        .init("front-end", profile.flash.frontEndBytes.value),
        .init("application", profile.flash.applicationBytes.value),
      ])
  }

  private static func tensorArena(
    _ arena: ArenaReport, _ profile: TargetProfile
  ) -> BudgetReport.Line {
    .init(
      "tensor arena", .bytes, limit: profile.memory.tensorArenaBytes,
      key: "memory.tensorArenaBytes",
      parts: [
        .init("activations and scratch", arena.headBytes),
        .init("persistent", arena.tailBytes),
        .init("alignment and margin", arena.recommendedBytes - arena.usedBytes),
      ])
  }

  /// Internal RAM, and PSRAM on boards that have it.
  private static func memory(
    _ arena: ArenaReport, _ profile: TargetProfile
  ) -> [BudgetReport.Line] {
    let memory = profile.memory
    let arenas = [
      BudgetReport.Part("tensor arena", arena.recommendedBytes),
      .init("variable arena", memory.variableArenaBytes.value),
    ]
    let fixed = [
      BudgetReport.Part("front-end state", memory.frontEndStateBytes.value),
      .init("ring buffer", memory.ringBufferBytes.value),
      .init("task stack", memory.taskStackBytes.value),
      .init("interpreter objects", memory.interpreterObjectBytes.value),
      .init("sliding window", memory.slidingWindowBytes.value),
    ]
    let arenasAreInternal = memory.arenaPlacement.value == .internal
    var lines = [
      BudgetReport.Line(
        "internal RAM", .bytes, limit: memory.internalFreeBytes, key: "memory.internalFreeBytes",
        parts: (arenasAreInternal ? arenas : []) + fixed)
    ]
    if !arenasAreInternal {
      lines.append(
        .init(
          "PSRAM", .bytes, limit: memory.psramFreeBytes, key: "memory.psramFreeBytes",
          parts: arenas))
    }
    return lines
  }

  /// Model and front-end for one inference, against the audio that it covers.
  private static func time(
    _ model: TFLiteModel, _ profile: TargetProfile,
    _ costs: [(node: String, builtin: TFLiteBuiltin, cost: Cost)], _ strideRows: Int
  ) -> BudgetReport.Line {
    let nodeCount = model.subgraphs.first?.operators.count ?? 0
    let arithmetic = costs.reduce(0) { $0 + profile.cycles.cycles($1.builtin, $1.cost) }
    let modelCycles = arithmetic + Double(nodeCount) * profile.cycles.perNode.value
    let frontEndCycles = Double(strideRows) * profile.cycles.perFrame.value
    func microseconds(_ cycles: Double) -> Int {
      let time = (cycles / Double(profile.clockHertz.value) * 1e6).rounded(.up)
      return Int(min(time, 1e12))
    }
    let limit = strideRows * profile.time.frameMicroseconds.value
    let load = profile.time.maximumLoadPercent
    return .init(
      "time per step", .microseconds,
      limit: .init(limit * load.value / 100, source: load.source),
      key: "time.maximumLoadPercent",
      parts: [
        .init("model (estimate)", microseconds(modelCycles)),
        .init("front-end (estimate)", microseconds(frontEndCycles)),
      ])
  }

  // MARK: - Facts

  private static func unregisteredOperators(
    _ model: TFLiteModel, _ firmware: TargetProfile.Firmware
  ) -> [String] {
    let codes = model.subgraphs.flatMap(\.operators).compactMap { node in
      model.operatorCodes.indices.contains(node.opcode) ? model.operatorCodes[node.opcode] : nil
    }
    let names = codes.map { $0.builtin?.schemaName ?? "operator \($0.code)" }
    return Set(names).subtracting(firmware.operators).sorted()
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
