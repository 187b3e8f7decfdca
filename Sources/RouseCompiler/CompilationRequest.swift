import RouseFormats
import RouseFrontEnd
import RouseIR

/// Everything that a compilation depends on. Equal requests give equal bytes.
public struct CompilationRequest: Sendable {
  /// What the manifest says besides what the compiler knows.
  public struct Description: Hashable, Sendable {
    public var author: String
    public var website: String
    public var languages: [String]

    public init(
      author: String = "Rouse user", website: String = "https://example.com/",
      languages: [String] = ["en"]
    ) {
      self.author = author
      self.website = website
      self.languages = languages
    }
  }

  /// Device features of clips with the wake word and of streams without it.
  public struct Streams: Sendable {
    public var positives: [[Int8]]
    public var ambient: [[Int8]]
    /// How many hours of ordinary sound one hour of `ambient` stands for.
    public var temptation: Double

    public init(positives: [[Int8]], ambient: [[Int8]], temptation: Double = 1) {
      self.positives = positives
      self.ambient = ambient
      self.temptation = temptation
    }
  }

  public var source: SourceModel
  /// Representative device features, one clip after the other, `[rows · 40]` each.
  public var calibration: [[Int8]]
  /// Held-out device features that verification runs through every artefact.
  public var heldOut: [[Int8]]
  public var profile: TargetProfile
  /// Base of all file names.
  public var name: String
  public var description: Description
  /// Streams to choose the operating point on: neither trained on nor tested on.
  public var validation: Streams
  /// The manifest's detection settings; nil to choose them on `validation`.
  public var detection: Detection?
  /// How many false accepts per hour the choice may allow.
  public var falseAcceptsPerHour: Double
  /// Folder of the bundle.
  public var output: String
  /// Emit although the target is too small.
  public var force: Bool
  public var objective: Objective
  /// The optional passes that are done.
  public var passes: Set<OptionalPass>

  public init(
    source: SourceModel, calibration: [[Int8]], heldOut: [[Int8]], validation: Streams,
    profile: TargetProfile, name: String, output: String
  ) {
    self.source = source
    self.calibration = calibration
    self.heldOut = heldOut
    self.validation = validation
    self.profile = profile
    self.name = name
    self.output = output
    description = Description()
    detection = nil
    falseAcceptsPerHour = 1
    force = false
    objective = .balanced
    passes = OptionalPass.defaults
  }

  /// The int8 networks, by the passes of `Pipeline` up to `quantize`, none of which asks for the target.
  func quantized() throws(GraphError) -> QuantizedModel {
    let window = try FoldBatchNorm.apply(to: source.graph)
    let deployable = DeployableModel(
      window: window, streaming: try MakeStreaming.apply(to: window))
    return try QuantizeModel.apply(
      to: try Tune.apply(to: try Calibrate.apply(to: deployable, over: calibration), self))
  }

  /// What the bundle is made of.
  public var provenance: Provenance { Provenance(of: source, calibration: calibration) }
}
