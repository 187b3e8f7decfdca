import RouseFormats
import RouseIR

/// The lines of a budget: what every model takes for itself, and once what they share.
struct BudgetLines {
  let models: [Budget.Model]
  let profile: TargetProfile

  var all: [BudgetReport.Line] {
    [flash] + models.map(tensorArena) + memory + [time] + models.map(variables)
  }

  /// Several models are told apart by name.
  private func label(_ what: String, _ model: Budget.Model) -> String {
    models.count == 1 ? what : "\(what) of \(model.name)"
  }

  // MARK: - Flash

  private var flash: BudgetReport.Line {
    let files = models.map {
      BudgetReport.Part(models.count == 1 ? "model" : $0.name, $0.fileBytes)
    }
    return .init(
      "app flash", .bytes, limit: profile.flash.appPartitionBytes, key: "flash.appPartitionBytes",
      parts: files + [
        .init("interpreter", profile.flash.interpreterBytes.value),
        .init("front-end", profile.flash.frontEndBytes.value),
        .init("application", profile.flash.applicationBytes.value),
      ])
  }

  // MARK: - Memory

  private func tensorArena(_ model: Budget.Model) -> BudgetReport.Line {
    .init(
      label("tensor arena", model), .bytes, limit: profile.memory.tensorArenaBytes,
      key: "memory.tensorArenaBytes",
      parts: [
        .init("activations and scratch", model.arena.headBytes),
        .init("persistent", model.arena.tailBytes),
        .init("alignment and margin", model.arenaBytes - model.arena.usedBytes),
      ])
  }

  /// Internal RAM, and PSRAM on boards whose arenas go there.
  private var memory: [BudgetReport.Line] {
    let memory = profile.memory
    let arenas = models.flatMap { model in
      [
        BudgetReport.Part(label("tensor arena", model), model.arenaBytes),
        .init(label("variable arena", model), memory.variableArenaBytes.value),
      ]
    }
    let windows = models.map { model in
      min(max(0, model.slidingWindow ?? memory.slidingWindowBytes.value), Budget.mostBytes)
    }
    let fixed = [
      BudgetReport.Part("front-end state", memory.frontEndStateBytes.value),
      .init("ring buffer", memory.ringBufferBytes.value),
      .init("task stack", memory.taskStackBytes.value),
      .init("interpreter objects", models.count * memory.interpreterObjectBytes.value),
      .init("sliding window", windows.reduce(0, +)),
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

  /// Ring buffers of a model; each model has a table of its own.
  private func variables(_ model: Budget.Model) -> BudgetReport.Line {
    .init(
      label("resource variables", model), .variables, limit: profile.memory.resourceVariables,
      key: "memory.resourceVariables", parts: [.init("ring buffers", model.arena.variableCount)])
  }

  // MARK: - Time

  /// Models and front-end for one inference of the slowest model, against the audio that it covers. All models run one
  /// after the other in one task; those with shorter strides run several times, on average.
  private var time: BudgetReport.Line {
    let stride = models.map(\.strideRows).max() ?? 1
    let inferences = models.map { model in
      let runs = Double(stride) / Double(model.strideRows)
      return BudgetReport.Part(
        models.count == 1 ? "model (estimate)" : "\(model.name) (estimate)",
        microseconds(runs * cycles(of: model)))
    }
    let frontEnd = microseconds(Double(stride) * profile.cycles.perFrame.value)
    let load = profile.time.maximumLoadPercent
    let limit = stride * profile.time.frameMicroseconds.value * load.value / 100
    var line = BudgetReport.Line(
      "time per step", .microseconds, limit: .init(limit, source: load.source, place: load.place),
      key: "time.maximumLoadPercent",
      parts: inferences + [.init("front-end (estimate)", frontEnd)])
    line.errorPercent = profile.time.estimateErrorPercent.value
    line.errorSource = profile.time.estimateErrorPercent.source
    return line
  }

  private func cycles(of model: Budget.Model) -> Double {
    let nodeCount = model.tflite.subgraphs.first?.operators.count ?? 0
    let arithmetic = model.costs.reduce(0) { $0 + profile.cycles.cycles($1.builtin, $1.cost) }
    return arithmetic + Double(nodeCount) * profile.cycles.perNode.value
  }

  /// Rounded up; at most 1e12, which no board allows.
  private func microseconds(_ cycles: Double) -> Int {
    Int(min((cycles / Double(profile.clockHertz.value) * 1e6).rounded(.up), 1e12))
  }
}
