import RouseAudio
import RouseTraining
import Testing

@Suite struct AugmentationReaderTests {
  private func standard(_ change: (String) -> String = { $0 }) throws -> AugmentationSettings {
    let source = try Preset(named: "esphome-standard").source
    return try Preset(yaml: change(source), file: "p.yaml").examples.augmentation
  }

  /// Every optional field of the standard preset, as it stands and as a test changes it.
  private static let fields: [(line: String, changed: String)] = [
    ("stretch_probability: 0", "stretch_probability: 0.1"),
    ("stretch: [0.85, 1.2]", "stretch: [0.9, 1.1]"),
    ("pitch_probability: 0", "pitch_probability: 0.2"),
    ("pitch_semitones: [-3, 3]", "pitch_semitones: [-2, 1]"),
    ("hiss_probability: 0", "hiss_probability: 0.3"), ("hiss_db: [10, 30]", "hiss_db: [5, 6]"),
    ("equaliser_probability: 0", "equaliser_probability: 0.4"),
    ("equaliser_db: [-6, 6]", "equaliser_db: [-1, 2]"),
    ("band_stop_probability: 0", "band_stop_probability: 0.5"),
    ("soft_clip_probability: 0", "soft_clip_probability: 0.6"),
    ("soft_clip_drive: [0.5, 4]", "soft_clip_drive: [1, 2]"),
  ]
  /// Optional fields that the preset uses.
  private static let used = [
    (line: "full_scale_probability: 0.3", changed: "full_scale_probability: 0.7"),
    ("full_scale_db: [-8, 2]", "full_scale_db: [0, 3]"),
  ]

  @Test func optionalFieldsMayBeLeftOut() throws {
    let without = try standard { source in
      (Self.fields + Self.used).reduce(source) { $0.replacing("  \($1.line)\n", with: "") }
    }
    var expected = try standard()
    expected.fullScaleProbability = 0
    expected.fullScaleDecibels = AugmentationSettings().fullScaleDecibels
    #expect(expected == without)
  }

  @Test func optionalFieldsAreRead() throws {
    let settings = try standard { source in
      (Self.fields + Self.used).reduce(source) {
        $0.replacing("  \($1.line)\n", with: "  \($1.changed)\n")
      }
    }
    var expected = try standard()
    expected.stretchProbability = 0.1
    expected.stretch = 0.9...1.1
    expected.pitchProbability = 0.2
    expected.pitchSemitones = -2...1
    expected.hissProbability = 0.3
    expected.hissDecibels = 5...6
    expected.equaliserProbability = 0.4
    expected.equaliserDecibels = -1...2
    expected.bandStopProbability = 0.5
    expected.softClipProbability = 0.6
    expected.softClipDrive = 1...2
    expected.fullScaleProbability = 0.7
    expected.fullScaleDecibels = 0...3
    #expect(settings == expected)
  }

  @Test(arguments: [
    ("hiss_probability: 0", "hiss_probability: 2"), ("stretch: [0.85, 1.2]", "stretch: [0, 1]"),
    ("soft_clip_drive: [0.5, 4]", "soft_clip_drive: [0, 4]"),
    ("pitch_semitones: [-3, 3]", "pitch_semitones: [-13, 3]"),
  ])
  func valuesOutsideTheirRangeAreRefused(line: String, changed: String) {
    #expect(throws: TrainingError.self) { try standard { $0.replacing(line, with: changed) } }
  }
}
