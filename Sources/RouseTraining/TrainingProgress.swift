/// How far a run is; sent often, from any thread.
public struct TrainingProgress: Hashable, Sendable {
  public enum Stage: String, Hashable, Sendable, CaseIterable {
    /// Decoding recordings; counts files.
    case reading
    /// Augmenting and computing features; counts streams.
    case examples
    /// Optimizing; counts steps.
    case training
    /// Features of held-out and ambient recordings for the run folder; counts files.
    case heldOut
  }

  public var stage: Stage
  public var done: Int
  public var total: Int
  /// Mean loss since the report before, in `training`.
  public var loss: Double?
  /// The latest validation, in `training`.
  public var validation: ValidationScore?
  /// Of the latest step, in `training`.
  public var learningRate: Double?
  /// Examples that one of `done` stands for, in `training`.
  public var examplesPerStep: Int?
}

/// What a run tells its caller while it works, and what it asks.
public struct TrainingObserver: Sendable {
  public var progress: @Sendable (TrainingProgress) -> Void
  /// Asked between steps and between recordings; once true, the run saves what it has and returns.
  public var isCancelled: @Sendable () -> Bool

  public init(
    progress: @escaping @Sendable (TrainingProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.progress = progress
    self.isCancelled = isCancelled
  }
}
