import Foundation
import RouseTraining
import Testing

@Suite struct PresetTests {
  @Test func standardIsTheReferenceNetwork() throws {
    let preset = try Preset(named: "esphome-standard")
    #expect(preset.name == "esphome-standard")
    #expect(preset.architecture == .mixedNet(MixedNetArchitecture()))
    #expect(preset.windowRows == 204)
    #expect(preset.detection.slidingWindow == 5)
  }

  @Test(arguments: Preset.builtInNames)
  func everyBuiltInPresetIsReadable(_ name: String) throws {
    let preset = try Preset(named: name)
    #expect(preset.name == name)
    #expect(preset.training.validateEvery <= preset.training.steps)
  }

  @Test func aPathIsReadAsAFile() throws {
    let standard = try Preset(named: "esphome-standard")
    let folder = try TemporaryFolder()
    let file = try folder.write("mine.yaml", standard.source)
    #expect(try Preset(named: file) == standard)
  }

  @Test func anUnknownNameOffersTheNearest() {
    #expect(
      throws: TrainingError.unknownPreset(
        name: "esphome-standart", nearest: "esphome-standard", available: Preset.builtInNames)
    ) { try Preset(named: "esphome-standart") }
  }

  /// Each row changes one line of the standard preset; the error names that line.
  @Test(arguments: [
    ("batch: 128", "bach: 128", "training.bach", "batch"),
    ("  stride: 3", "  strides: 3", "architecture.strides", "stride"),
    ("name: esphome-standard", "nmae: esphome-standard", "nmae", "name"),
    ("- steps: 4000", "- step: 4000", "training.phases[0].step", "steps"),
    ("clips: 300", "loudness: 300", "calibration.loudness", nil),
  ])
  func unknownKeysNameTheNearest(
    _ line: String, _ replacement: String, _ key: String, _ nearest: String?
  ) throws {
    let (yaml, number) = try changed(line, replacement)
    #expect(
      throws: TrainingError.unknownKey(file: "p.yaml", line: number, key: key, nearest: nearest)
    ) { try Preset(yaml: yaml, file: "p.yaml") }
  }

  @Test(arguments: [
    ("step_ms: 10", "step_ms: 15", "front_end.step_ms", "10 or 20", "`15`"),
    ("step_ms: 10", "step_ms: ten", "front_end.step_ms", "an integer from 1 to 100", "`ten`"),
    (
      "kind: mixednet", "kind: resnet", "architecture.kind", "one of mixednet, inception",
      "`resnet`"
    ),
    (
      "first_conv_kernel: 5", "first_conv_kernel: 2", "architecture.first_conv_kernel",
      "at least the stride, 3", "`2`"
    ),
    (
      "repeat: [1, 1, 1, 1]", "repeat: [1, 1]", "architecture.repeat", "a list of 4 items",
      "a list of 2 items"
    ),
    (
      "residual: [0, 0, 0, 0]", "residual: [0, 2, 0, 0]", "architecture.residual",
      "an integer from 0 to 1", "`2`"
    ),
    (
      "pooling: none", "pooling: mean", "architecture.pooling", "one of none, average, max",
      "`mean`"
    ),
    (
      "spatial_attention: false", "spatial_attention: 4", "architecture.spatial_attention",
      "one of true, false", "`4`"
    ),
    (
      "pointwise_filters: [64, 64, 64, 64]", "pointwise_filters: []",
      "architecture.pointwise_filters", "a list of 1 to 16 items", "a list of 0 items"
    ),
    (
      "mixconv_kernels: [[5], [7, 11], [9, 15], [23]]", "mixconv_kernels: [[5], [7, 11]]",
      "architecture.mixconv_kernels", "4 lists, one for each block", "2"
    ),
    (
      "mixconv_kernels: [[5], [7, 11], [9, 15], [23]]", "mixconv_kernels: [[5], [], [9], [2]]",
      "architecture.mixconv_kernels", "lists of 1 to 8 integers", "a list of 0 items"
    ),
    (
      "learning_rate: 0.002", "learning_rate: fast", "training.phases[0].learning_rate",
      "a number from 1e-09 to 10.0", "`fast`"
    ),
    (
      "learning_rate: 0.002", "learning_rate: .nan", "training.phases[0].learning_rate",
      "a number from 1e-09 to 10.0", "`.nan`"
    ),
    (
      "snr_db: [-5, 40]", "snr_db: [40, -5]", "augmentation.snr_db", "[low, high] with low <= high",
      "`-5`"
    ),
    ("snr_db: [-5, 40]", "snr_db: 7", "augmentation.snr_db", "a list of 2 items", "`7`"),
    (
      "sliding_window: 5", "sliding_window: 0", "detection.sliding_window",
      "an integer from 1 to 255", "`0`"
    ),
    (
      "batch: 128", "batch: 99999999999999999999", "training.batch", "an integer from 2 to 4096",
      "`99999999999999999999`"
    ),
  ])
  func wrongValuesNameTheLine(
    _ line: String, _ replacement: String, _ key: String, _ expected: String, _ found: String
  ) throws {
    let (yaml, number) = try changed(line, replacement)
    #expect(
      throws: TrainingError.wrongValue(
        file: "p.yaml", line: number, key: key, expected: expected, found: found)
    ) { try Preset(yaml: yaml, file: "p.yaml") }
  }

  /// A key of the other kind of network is as unknown as any.
  @Test func keysBelongToAKind() throws {
    let text = try Preset(named: "esphome-v1").source
    let yaml = text.replacingOccurrences(
      of: "  block_kernels: [3, 5, 5]", with: "  mixconv_kernels: [[3], [5], [5]]")
    #expect {
      try Preset(yaml: yaml, file: "p.yaml")
    } throws: { error in
      guard
        case .unknownKey("p.yaml", _, "architecture.mixconv_kernels", _) = error
          as? TrainingError
      else { return false }
      return true
    }
  }

  @Test func optionsBuildTheNetworkTheyName() throws {
    var yaml = try Preset(named: "esphome-standard").source
    for (old, new) in [
      (
        "first_conv_filters: 32\n  first_conv_kernel: 5\n  stride: 3\n",
        "first_conv_filters: 0\n"
      ),
      ("repeat: [1, 1, 1, 1]", "repeat: [1, 2, 1, 1]"),
      ("residual: [0, 0, 0, 0]", "residual: [0, 1, 1, 0]"), ("pooling: none", "pooling: max"),
      ("spatial_attention: false", "spatial_attention: true"),
      ("[[5], [7, 11], [9, 15], [23]]", "[[5], [7, 11], [9, 15], [1]]"),
    ] {
      #expect(yaml.contains(old), "\(old)")
      yaml = yaml.replacingOccurrences(of: old, with: new)
    }
    let expected = MixedNetArchitecture(
      clipMilliseconds: 1500, firstConvFilters: 0, firstConvKernel: 1, stride: 1,
      blocks: [
        .init(kernels: [5], filters: 64),
        .init(kernels: [7, 11], filters: 64, repeats: 2, isResidual: true),
        .init(kernels: [9, 15], filters: 64, isResidual: true), .init(kernels: [1], filters: 64),
      ], head: NetworkHead(pooling: .max, spatialAttention: true))
    #expect(try Preset(yaml: yaml, file: "p.yaml").architecture == .mixedNet(expected))
  }

  @Test func nothingStridesWithoutAFirstConvolution() throws {
    let (yaml, line) = try changed("first_conv_filters: 32", "first_conv_filters: 0")
    #expect(
      throws: TrainingError.wrongValue(
        file: "p.yaml", line: line + 1, key: "architecture.first_conv_kernel",
        expected: "1 without a first convolution", found: "`5`")
    ) { try Preset(yaml: yaml, file: "p.yaml") }
  }

  @Test func theFirstNetworkIsInception() throws {
    let preset = try Preset(named: "esphome-v1")
    #expect(preset.architecture == .inception(InceptionArchitecture()))
    #expect(preset.windowRows == 98)
  }

  @Test func speechIsDetectedAtHalf() throws {
    #expect(try Preset(named: "vad").detection.cutoff == 0.5)
    #expect(try Preset(named: "esphome-standard").detection.cutoff == nil)
  }

  @Test func missingKeysAreNamed() throws {
    let (yaml, _) = try changed("  batch: 128\n", "")
    #expect {
      try Preset(yaml: yaml, file: "p.yaml")
    } throws: { error in
      guard case .missingKey("p.yaml", _, "training.batch") = error as? TrainingError else {
        return false
      }
      return true
    }
  }

  /// A batch of such windows would not fit into any computer's memory.
  @Test func anEnormousNetworkIsRefused() throws {
    var yaml = try Preset(named: "esphome-standard").source
    for (old, new) in [
      ("batch: 128", "batch: 4096"), ("clip_ms: 1500", "clip_ms: 10000"),
      ("[64, 64, 64, 64]", "[1024, 1024, 1024, 1024]"),
    ] {
      yaml = yaml.replacingOccurrences(of: old, with: new)
    }
    #expect {
      try Preset(yaml: yaml, file: "p.yaml")
    } throws: { error in
      guard case .wrongValue(_, _, "training.batch", _, _) = error as? TrainingError else {
        return false
      }
      return true
    }
  }

  /// The standard preset with one passage replaced, and the line where it stands.
  private func changed(_ old: String, _ new: String) throws -> (String, Int) {
    let text = try Preset(named: "esphome-standard").source
    let range = try #require(text.range(of: old))
    let line = text[..<range.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
      .count
    return (text.replacingCharacters(in: range, with: new), line)
  }
}
