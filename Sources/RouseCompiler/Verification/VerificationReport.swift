/// What was proven of a bundle, check by check; `NAME.verify.json` is this value.
public struct VerificationReport: Codable, Hashable, Sendable {
  public struct Check: Codable, Hashable, Sendable {
    /// File name in the bundle.
    public var artefact: String
    /// SHA-256 of the bytes that were read back from disk.
    public var sha256: String
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

  public var checks: [Check]
  public var holds: Bool { checks.allSatisfy(\.holds) }

  public init(checks: [Check]) { self.checks = checks }

  private enum CodingKeys: String, CodingKey { case verdict, checks }

  public init(from decoder: any Decoder) throws {
    checks = try decoder.container(keyedBy: CodingKeys.self).decode([Check].self, forKey: .checks)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(holds ? "verified" : "failed", forKey: .verdict)
    try container.encode(checks, forKey: .checks)
  }
}
