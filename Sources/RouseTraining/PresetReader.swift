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
    architecture = try Architecture(root, stepMilliseconds: stepMilliseconds)
    examples = try ExampleSettings(root)
    training = try TrainingSettings(root)
    let bytes = training.batch * architecture.trainingBytes(stepMilliseconds: stepMilliseconds)
    guard bytes <= Architecture.largestTrainingBytes else {
      throw .wrongValue(
        file: file, line: root.line(of: "training"), key: "training.batch",
        expected: "activations of at most \(Architecture.largestTrainingBytes) bytes",
        found: "\(bytes) bytes")
    }
    let calibration = try root.mapping("calibration", keys: ["clips", "positive_fraction"])
    self.calibration = CalibrationSettings(
      clips: try calibration.int("clips", 1...10_000),
      positiveFraction: try calibration.number("positive_fraction", 0...1))
    let detection = try root.mapping("detection", keys: ["sliding_window", "cutoff"])
    self.detection = DetectionSettings(
      slidingWindow: try detection.int("sliding_window", 1...255),
      cutoff: detection.has("cutoff") ? try detection.number("cutoff", 0.01...0.99) : nil)
  }
}
