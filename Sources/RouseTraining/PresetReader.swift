import RouseAudio
import RouseFrontEnd
import RouseResources

extension Preset {
  private static let folder = "Presets"
  private static let ending = ".yaml"

  /// Names of the presets in the program, sorted.
  public static var builtInNames: [String] {
    Resources.names(in: folder).map { String($0.dropLast(ending.count)) }
  }

  /// The preset that a user asked for: a built-in name, or the path of a YAML file (anything with a slash or that ends
  /// in `.yaml` or `.yml`).
  public init(named name: String) throws(TrainingError) {
    if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
      try self.init(yaml: try StrictYAML.text(of: name), file: name)
      return
    }
    let names = Self.builtInNames
    guard names.contains(name) else {
      throw .unknownPreset(
        name: name, nearest: EditDistance.nearest(to: name, among: names), available: names)
    }
    let path = "\(Self.folder)/\(name)\(Self.ending)"
    try self.init(yaml: Resources.file(path), file: path)
  }

  /// - Parameter file: where the text came from, for errors.
  public init(yaml: String, file: String) throws(TrainingError) {
    let root = try StrictYAML(
      text: yaml, file: file,
      keys: [
        "name", "front_end", "architecture", "examples", "augmentation", "training", "calibration",
        "detection",
      ])
    name = try root.text("name")
    source = yaml
    let frontEnd = try root.mapping("front_end", keys: ["step_ms"])
    stepMilliseconds = try frontEnd.int("step_ms", 1...100)
    guard MicroFrontEnd.supportedStepMilliseconds.contains(stepMilliseconds) else {
      throw frontEnd.wrong("step_ms", expected: "10 or 20", found: "`\(stepMilliseconds)`")
    }
    architecture = try MixedNetArchitecture(root, stepMilliseconds: stepMilliseconds)
    examples = try ExampleSettings(root)
    training = try TrainingSettings(root)
    let bytes = training.batch * architecture.trainingBytes(stepMilliseconds: stepMilliseconds)
    guard bytes <= MixedNetArchitecture.largestTrainingBytes else {
      throw .wrongValue(
        file: file, line: root.line(of: "training"), key: "training.batch",
        expected: "activations of at most \(MixedNetArchitecture.largestTrainingBytes) bytes",
        found: "\(bytes) bytes")
    }
    let calibration = try root.mapping("calibration", keys: ["clips", "positive_fraction"])
    self.calibration = CalibrationSettings(
      clips: try calibration.int("clips", 1...10_000),
      positiveFraction: try calibration.number("positive_fraction", 0...1))
    let detection = try root.mapping("detection", keys: ["sliding_window"])
    self.detection = DetectionSettings(slidingWindow: try detection.int("sliding_window", 1...255))
  }
}

extension MixedNetArchitecture {
  fileprivate enum Kind: String, CaseIterable { case mixednet }

  fileprivate init(_ root: StrictYAML, stepMilliseconds: Int) throws(TrainingError) {
    let section = try root.mapping(
      "architecture",
      keys: [
        "kind", "clip_ms", "first_conv_filters", "first_conv_kernel", "stride", "pointwise_filters",
        "mixconv_kernels",
      ])
    _ = try section.choice("kind", Kind.self)
    self.init(
      clipMilliseconds: try section.int("clip_ms", 30...10_000),
      firstConvFilters: try section.int("first_conv_filters", 1...1024),
      firstConvKernel: try section.int("first_conv_kernel", 1...64),
      stride: try section.int("stride", 1...10),
      pointwiseFilters: try section.ints("pointwise_filters", count: 1...16, 1...1024),
      mixconvKernels: try section.intLists("mixconv_kernels", count: 1...16, inner: 1...8, 1...128))
    // A stride above the kernel would leave rows that the network never sees.
    guard firstConvKernel >= stride else {
      throw section.wrong(
        "first_conv_kernel", expected: "at least the stride, \(stride)",
        found: "`\(firstConvKernel)`")
    }
    guard pointwiseFilters.count == mixconvKernels.count else {
      throw section.wrong(
        "mixconv_kernels", expected: "\(pointwiseFilters.count) lists, one for each block",
        found: "\(mixconvKernels.count)")
    }
    for (kernels, channels) in zip(mixconvKernels, [firstConvFilters] + pointwiseFilters)
    where kernels.count > channels {
      throw section.wrong(
        "mixconv_kernels", expected: "at most \(channels) kernels for \(channels) channels",
        found: "\(kernels.count)")
    }
    let rows = windowRows(stepMilliseconds: stepMilliseconds)
    guard rows <= Self.largestWindow else {
      throw section.wrong(
        "clip_ms", expected: "a window of at most \(Self.largestWindow) feature rows",
        found: "\(rows) rows")
    }
  }

  /// 8 GiB: more than a laptop has to spare, and hundreds of times what the standard preset needs.
  fileprivate static let largestTrainingBytes = 8 << 30

  /// A bound on the memory that one example of a batch takes: in each block about eight tensors of float32 hold
  /// activations and gradients.
  fileprivate func trainingBytes(stepMilliseconds: Int) -> Int {
    let rows = windowRows(stepMilliseconds: stepMilliseconds)
    let channels = pointwiseFilters.reduce(firstConvFilters + firstConvKernel * Self.channels, +)
    return 4 * 8 * channels * (rows / stride + 1)
  }

  /// Twenty seconds at 10 ms: more than any wake word, and it bounds the memory of a batch.
  private static let largestWindow = 2000
}
