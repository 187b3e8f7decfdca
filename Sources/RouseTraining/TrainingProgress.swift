/// How far a run is; sent often, from any thread.
public struct TrainingProgress: Hashable, Sendable {
  public enum Stage: String, Hashable, Sendable, CaseIterable {
    /// Decoding recordings; counts files.
    case reading
    /// Augmenting and computing features; counts streams.
    case examples
    /// Asking the teacher about them, when there is one; counts streams.
    case teacher
    /// Optimizing; counts steps.
    case training
    /// Features of held-out and ambient recordings for the run folder; counts files.
    case heldOut
    /// Optimizing under simulated int8, if the preset asks for it; counts steps.
    case quantizationAware
  }

  public var stage: Stage
  public var done: Int
  public var total: Int
  /// Mean loss since the report before, where steps are counted.
  public var loss: Double?
  /// The latest validation, in `training`.
  public var validation: ValidationScore?
  /// Of the latest step, where steps are counted.
  public var learningRate: Double?
  /// Examples that one of `done` stands for, where steps are counted.
  public var examplesPerStep: Int?
  /// What was made for later steps meanwhile, in `training`; nil when nothing is.
  public var renewal: ExampleRenewal?

  package init(
    stage: Stage, done: Int, total: Int, loss: Double? = nil, validation: ValidationScore? = nil,
    learningRate: Double? = nil, examplesPerStep: Int? = nil, renewal: ExampleRenewal? = nil
  ) {
    self.stage = stage
    self.done = done
    self.total = total
    self.loss = loss
    self.validation = validation
    self.learningRate = learningRate
    self.examplesPerStep = examplesPerStep
    self.renewal = renewal
  }
}

/// How far the making of examples is while a network trains.
public struct ExampleRenewal: Hashable, Sendable {
  /// Augmented streams.
  public var streams = 0
  /// Time that threads took for them.
  public var seconds = 0.0
  /// Time that training stood still until they were there.
  public var waitedSeconds = 0.0

  static func + (a: ExampleRenewal, b: ExampleRenewal) -> ExampleRenewal {
    var sum = a
    sum.streams += b.streams
    sum.seconds += b.seconds
    sum.waitedSeconds += b.waitedSeconds
    return sum
  }
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
