/// One thing that `rouse check` has to say about a model.
public struct Finding: Hashable, Sendable, Encodable {
  public enum Severity: String, Hashable, Sendable, Encodable, CaseIterable {
    /// The firmware refuses the model, or the model cannot work on it.
    case error
    /// It runs, but not as meant, or not everywhere.
    case warning
    /// Worth knowing.
    case note
  }

  public var severity: Severity
  public var code: FindingCode
  /// The file and the place in it: `okay_nabu.json:12 micro.tensor_arena_size`.
  public var `where`: String
  /// What was found and what was expected.
  public var message: String
  /// What to do; empty when there is nothing to do.
  public var help: String

  public init(
    _ severity: Severity, _ code: FindingCode, at place: String, _ message: String,
    help: String = ""
  ) {
    self.severity = severity
    self.code = code
    self.where = place
    self.message = message
    self.help = help
  }
}
