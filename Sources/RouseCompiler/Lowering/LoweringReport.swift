/// What target-aware lowering chose, from what, and what it saved; part of `NAME.budget.json`'s neighbours and of the
/// terminal's table.
public struct LoweringReport: Codable, Hashable, Sendable {
  /// One form of one site, all other sites as chosen.
  public struct Alternative: Codable, Hashable, Sendable {
    public var form: String
    public var figures: LoweringFigures
  }

  public struct Site: Codable, Hashable, Sendable {
    /// The value that the site makes; empty for what moves elements anywhere.
    public var name: String
    /// `convolution`, `mixed`, `slice` or `copies`.
    public var kind: String
    public var chosen: String
    /// As trained first.
    public var alternatives: [Alternative]
    /// By how much the graph would be larger and slower with this site as trained; negative where it would be smaller.
    public var saved: LoweringFigures
  }

  public var objective: String
  /// As trained.
  public var before: LoweringFigures
  /// With all sites as chosen, and scheduled.
  public var after: LoweringFigures
  /// Bytes of arena that the order of operators saves.
  public var savedBySchedule: Int
  public var sites: [Site]
  /// Graphs that were rewritten, written and simulated.
  public var simulations: Int
}
