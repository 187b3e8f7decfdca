/// What one invocation of a node costs on any target; cycle counts come from the target profile.
public struct Cost: Hashable, Sendable {
  /// Multiply-accumulate operations.
  public var macs: Int
  /// Result elements that are rescaled.
  public var requantizations: Int
  /// Bytes moved without arithmetic.
  public var copiedBytes: Int

  public init(macs: Int = 0, requantizations: Int = 0, copiedBytes: Int = 0) {
    self.macs = macs
    self.requantizations = requantizations
    self.copiedBytes = copiedBytes
  }
}
