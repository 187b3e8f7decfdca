/// What was proven of a bundle, check by check, and of which model; `NAME.verify.json` is this value.
public struct VerificationReport: Codable, Hashable, Sendable {
  public struct Check: Codable, Hashable, Sendable {
    /// File name in the bundle.
    public var artefact: String
    /// SHA-256 of the bytes that were read back from disk.
    public var sha256: String
    /// How many bytes those were.
    public var bytes: Int
    /// What decoded the bytes.
    public var reader: String
    /// What was claimed, as a sentence.
    public var claim: String
    /// How many things were compared, and what they are.
    public var compared: Int
    public var unit: String
    /// The largest difference seen and the largest one allowed; 0 means bit for bit.
    public var largestDifference: Double
    public var tolerance: Double
    public var holds: Bool
  }

  /// A file that was read back, in the order of the checks.
  public struct File: Codable, Hashable, Sendable {
    public var name: String
    public var bytes: Int
    public var sha256: String
    /// What decoded it, each reader once.
    public var readers: [String]
  }

  public var checks: [Check]
  public var model: VerifiedModel
  /// What int8 costs and loses, layer by layer.
  public var layers: LayerReport

  public var holds: Bool { checks.allSatisfy(\.holds) }
  /// Streaming steps that were run bit for bit, of the check that ran most.
  public var steps: Int {
    checks.filter { $0.unit == "streaming steps" }.map(\.compared).max() ?? 0
  }

  public var files: [File] {
    var result: [File] = []
    for check in checks {
      if let index = result.firstIndex(where: { $0.name == check.artefact }) {
        if !result[index].readers.contains(check.reader) {
          result[index].readers.append(check.reader)
        }
      } else {
        result.append(
          File(
            name: check.artefact, bytes: check.bytes, sha256: check.sha256, readers: [check.reader])
        )
      }
    }
    return result
  }

  public init(checks: [Check], model: VerifiedModel, layers: LayerReport) {
    self.checks = checks
    self.model = model
    self.layers = layers
  }

  private enum CodingKeys: String, CodingKey { case verdict, steps, checks, files, model, layers }

  /// `verdict`, `steps` and `files` follow from `checks` and are only written.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    checks = try container.decode([Check].self, forKey: .checks)
    model = try container.decode(VerifiedModel.self, forKey: .model)
    layers = try container.decode(LayerReport.self, forKey: .layers)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(holds ? "verified" : "failed", forKey: .verdict)
    try container.encode(steps, forKey: .steps)
    try container.encode(checks, forKey: .checks)
    try container.encode(files, forKey: .files)
    try container.encode(model, forKey: .model)
    try container.encode(layers, forKey: .layers)
  }
}
