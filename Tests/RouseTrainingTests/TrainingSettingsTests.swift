import RouseTraining
import Testing

@Suite struct TrainingSettingsTests {
  private static let optional = [
    "schedule", "decay_steps", "decay_factor", "time_masks", "time_mask_rows", "frequency_masks",
    "frequency_mask_bands", "patience", "minimum_steps", "optimizer", "weight_decay", "focal_gamma",
    "focal_alpha", "dropout", "checkpoint_every", "keep_checkpoints",
    "quantization_aware",
  ]

  /// `esphome-standard` says in its comments what a field that is left out means.
  @Test func fieldsThatAreLeftOutAreAsTheStandardPresetSays() throws {
    let standard = try Preset(named: "esphome-standard")
    var removed = 0
    let lines = standard.source.split(separator: "\n").filter { line in
      let isOptional = Self.optional.contains { line.drop { $0 == " " }.hasPrefix("\($0): ") }
      removed += isOptional ? 1 : 0
      return !isOptional
    }
    let short = try Preset(yaml: lines.joined(separator: "\n"), file: "short.yaml")
    var expected = standard.training
    expected.optimizer = .adam
    expected.weightDecay = 0.01
    expected.dropout = 0
    expected.phases[0].masks = SpectrumMasks()
    #expect(short.training == expected)
    // Patience and minimum steps are fields of a phase and of the run.
    #expect(removed == Self.optional.count + 2)
  }

  @Test func everyFieldIsRead() throws {
    var yaml = try Preset(named: "esphome-standard").source
    for (old, new) in [
      ("schedule: cosine", "schedule: step"), ("decay_steps: 1000", "decay_steps: 7"),
      ("decay_factor: 0.5", "decay_factor: 0.9"), ("time_masks: 2", "time_masks: 3"),
      ("time_mask_rows: 25", "time_mask_rows: 9"), ("frequency_masks: 2", "frequency_masks: 1"),
      ("frequency_mask_bands: 10", "frequency_mask_bands: 4"),
      ("      patience: 0", "      patience: 5"),
      ("      minimum_steps: 0", "      minimum_steps: 11"),
      ("\n  patience: 0", "\n  patience: 6"), ("\n  minimum_steps: 0", "\n  minimum_steps: 12"),
      ("optimizer: adamw\n", "optimizer: adam\n"), ("weight_decay: 0.3", "weight_decay: 0.2"),
      ("focal_gamma: 0\n", "focal_gamma: 2\n"), ("focal_alpha: 0.5", "focal_alpha: 0.7"),
      ("dropout: 0.2\n", "dropout: 0.25\n"), ("checkpoint_every: 4", "checkpoint_every: 2"),
      ("keep_checkpoints: 3", "keep_checkpoints: 8"),
      ("{steps: 0, learning_rate: 0.0001}", "{steps: 30, learning_rate: 0.003}"),
    ] {
      let range = try #require(yaml.range(of: old), "\(old)")
      yaml.replaceSubrange(range, with: new)
    }
    let training = try Preset(yaml: yaml, file: "p.yaml").training
    let phase = training.phases[0]
    #expect(phase.schedule == .step && phase.decaySteps == 7 && phase.decayFactor == 0.9)
    #expect(
      phase.masks
        == SpectrumMasks(
          timeMasks: 3, timeMaskRows: 9, frequencyMasks: 1, frequencyMaskBands: 4))
    #expect(phase.patience.validations == 5 && phase.patience.minimumSteps == 11)
    #expect(training.patience.validations == 6 && training.patience.minimumSteps == 12)
    #expect(training.optimizer == .adam && training.weightDecay == 0.2)
    #expect(training.focal == FocalLoss(gamma: 2, alpha: 0.7))
    #expect(training.dropout == 0.25)
    #expect(training.checkpointEvery == 2 && training.keepCheckpoints == 8)
    #expect(training.quantizationAware?.steps == 30)
    #expect(training.quantizationAware?.learningRate == 0.003)
  }

  @Test(arguments: [
    ("dropout: 0.2\n", "dropout: 1\n", "training.dropout"),
    ("schedule: cosine", "schedule: linear", "training.phases[0].schedule"),
    ("optimizer: adamw\n", "optimizer: sgd\n", "training.optimizer"),
    (
      "frequency_mask_bands: 10", "frequency_mask_bands: 41",
      "training.phases[0].frequency_mask_bands"
    ),
  ])
  func wrongValuesAreNamed(_ old: String, _ new: String, _ key: String) throws {
    var yaml = try Preset(named: "esphome-standard").source
    yaml.replaceSubrange(try #require(yaml.range(of: old)), with: new)
    #expect {
      try Preset(yaml: yaml, file: "p.yaml")
    } throws: { error in
      guard case .wrongValue(_, _, key, _, _) = error as? TrainingError else { return false }
      return true
    }
  }
}
