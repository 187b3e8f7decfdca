extension TrainingSettings {
  init(_ root: StrictYAML) throws(TrainingError) {
    let section = try root.mapping(
      "training",
      keys: [
        "batch", "positive_fraction", "phases", "optimizer", "adam_beta1", "adam_beta2",
        "weight_decay", "label_smoothing", "focal_gamma", "focal_alpha", "dropout",
        "gradient_limit", "average_decay", "validate_every", "choose_after", "patience",
        "minimum_steps", "checkpoint_every", "keep_checkpoints",
        "quantization_aware", "distillation",
      ])
    var phases: [Phase] = []
    for phase in try section.mappings("phases", count: 1...100, keys: Phase.keys) {
      phases.append(try Phase(phase))
    }
    self.init(
      batch: try section.int("batch", 2...4096),
      positiveFraction: try section.number("positive_fraction", 0.01...0.99), phases: phases,
      adamBeta1: try section.number("adam_beta1", 0...0.9999),
      adamBeta2: try section.number("adam_beta2", 0...0.999999),
      labelSmoothing: try section.number("label_smoothing", 0...0.5),
      gradientLimit: try section.number("gradient_limit", 1e-6...1e6),
      averageDecay: try section.number("average_decay", 0...0.99999),
      validateEvery: try section.int("validate_every", 1...1_000_000))
    if section.has("optimizer") { optimizer = try section.choice("optimizer", Optimizer.self) }
    weightDecay = try section.number("weight_decay", 0...10, or: weightDecay)
    focal.gamma = try section.number("focal_gamma", 0...10, or: focal.gamma)
    focal.alpha = try section.number("focal_alpha", 0.01...0.99, or: focal.alpha)
    dropout = try section.number("dropout", 0...0.9, or: dropout)
    chooseAfter = try section.number("choose_after", 0...0.99, or: chooseAfter)
    if section.has("distillation") { distillation = try DistillationSettings(section) }
    patience = try Patience(section)
    checkpointEvery = try section.int("checkpoint_every", 1...1000, or: checkpointEvery)
    keepCheckpoints = try section.int("keep_checkpoints", 0...1000, or: keepCheckpoints)
    if section.has("quantization_aware") { quantizationAware = try QuantizationAware(section) }
  }
}

extension TrainingSettings.QuantizationAware {
  /// Nil for 0 steps.
  fileprivate init?(_ training: StrictYAML) throws(TrainingError) {
    let section = try training.mapping("quantization_aware", keys: ["steps", "learning_rate"])
    steps = try section.int("steps", 0...1_000_000)
    learningRate = try section.number("learning_rate", 1e-9...10)
    if steps == 0 { return nil }
  }
}

extension TrainingSettings.Phase {
  fileprivate static let keys = [
    "steps", "learning_rate", "final_learning_rate", "warm_up_steps", "schedule", "decay_steps",
    "decay_factor", "positive_weight", "negative_weight", "time_masks", "time_mask_rows",
    "frequency_masks", "frequency_mask_bands", "patience", "minimum_steps",
  ]

  fileprivate init(_ phase: StrictYAML) throws(TrainingError) {
    self.init(
      steps: try phase.int("steps", 1...10_000_000),
      learningRate: try phase.number("learning_rate", 1e-9...10),
      finalLearningRate: try phase.number("final_learning_rate", 0...10),
      warmUpSteps: try phase.int("warm_up_steps", 0...1_000_000),
      positiveWeight: try phase.number("positive_weight", 0...1000),
      negativeWeight: try phase.number("negative_weight", 0...1000))
    if phase.has("schedule") {
      schedule = try phase.choice("schedule", TrainingSettings.Schedule.self)
    }
    decaySteps = try phase.int("decay_steps", 1...10_000_000, or: decaySteps)
    decayFactor = try phase.number("decay_factor", 0.001...1, or: decayFactor)
    masks.timeMasks = try phase.int("time_masks", 0...16, or: masks.timeMasks)
    masks.timeMaskRows = try phase.int("time_mask_rows", 0...1000, or: masks.timeMaskRows)
    masks.frequencyMasks = try phase.int("frequency_masks", 0...16, or: masks.frequencyMasks)
    masks.frequencyMaskBands = try phase.int(
      "frequency_mask_bands", 0...Architecture.channels, or: masks.frequencyMaskBands)
    patience = try TrainingSettings.Patience(phase)
  }
}

extension DistillationSettings {
  fileprivate init(_ training: StrictYAML) throws(TrainingError) {
    let section = try training.mapping("distillation", keys: ["weight", "temperature"])
    self.init()
    weight = try section.number("weight", 0...1, or: weight)
    temperature = try section.number("temperature", 0.01...100, or: temperature)
  }
}

extension TrainingSettings.Patience {
  fileprivate init(_ section: StrictYAML) throws(TrainingError) {
    self.init()
    validations = try section.int("patience", 0...1_000_000, or: validations)
    minimumSteps = try section.int("minimum_steps", 0...10_000_000, or: minimumSteps)
  }
}

extension StrictYAML {
  fileprivate func int(
    _ key: String, _ range: ClosedRange<Int>, or value: Int
  ) throws(TrainingError) -> Int {
    has(key) ? try int(key, range) : value
  }

  fileprivate func number(
    _ key: String, _ range: ClosedRange<Double>, or value: Double
  ) throws(TrainingError) -> Double {
    has(key) ? try number(key, range) : value
  }
}
