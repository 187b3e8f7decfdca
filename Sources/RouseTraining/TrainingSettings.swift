/// Numbers of the optimization: the `training` section of a preset.
///
/// `Presets/esphome-standard.yaml` documents every field. A field that a preset may leave out has its default here.
public struct TrainingSettings: Hashable, Sendable {
  /// How the learning rate falls once a phase has warmed up.
  public enum Schedule: String, Hashable, Sendable, CaseIterable {
    /// Along half a cosine to `finalLearningRate` at the end of the phase.
    case cosine
    /// Not at all.
    case constant
    /// By `decayFactor` every `decaySteps`, never below `finalLearningRate`.
    case step
  }

  /// When validations that get no better end a phase or the run.
  public struct Patience: Hashable, Sendable {
    /// This many validations in a row without a new best; 0 for never.
    public var validations = 0
    /// Not before this many steps.
    public var minimumSteps = 0

    func isExhausted(_ withoutNewBest: Int, steps: Int) -> Bool {
      validations > 0 && withoutNewBest >= validations && steps >= minimumSteps
    }
  }

  /// A stretch of steps with its own learning rate, class weights and masks.
  public struct Phase: Hashable, Sendable {
    public var steps: Int
    /// Reached after `warmUpSteps`, then lowered as `schedule` says.
    public var learningRate: Double
    public var finalLearningRate: Double
    public var warmUpSteps: Int
    public var schedule = Schedule.cosine
    public var decaySteps = 1000
    public var decayFactor = 0.5
    /// Factors of the loss.
    public var positiveWeight: Double
    public var negativeWeight: Double
    public var masks = SpectrumMasks()
    /// Goes on with the next phase.
    public var patience = Patience()
  }

  public enum Optimizer: String, Hashable, Sendable, CaseIterable {
    case adam
    /// Adam with `weightDecay`.
    case adamw
  }

  /// Steps after the last phase with weights and activations rounded as on the device; kept only when they help.
  public struct QuantizationAware: Hashable, Sendable {
    public var steps: Int
    /// Falls along half a cosine to 0.
    public var learningRate: Double
  }

  public var batch: Int
  /// Share of a batch that holds the wake word.
  public var positiveFraction: Double
  public var phases: [Phase]
  public var optimizer = Optimizer.adam
  public var adamBeta1: Double
  public var adamBeta2: Double
  /// What AdamW takes away of weights at each step, times the learning rate; see `WeightDecay`.
  public var weightDecay = 0.01
  /// Targets are `smoothing / 2` and `1 − smoothing / 2`.
  public var labelSmoothing: Double
  public var focal = FocalLoss()
  /// How much a teacher counts, when there is one.
  public var distillation = DistillationSettings()
  /// Probability with which an input of the dense unit is 0 in a step; see `Dropout`.
  public var dropout = 0.0
  /// Gradients longer than this are shortened to it.
  public var gradientLimit: Double
  /// Decay of the moving average of the weights, which is what is validated and kept.
  public var averageDecay: Double
  public var validateEvery: Int
  /// Share of the steps after which the best weights are looked for.
  public var chooseAfter = 0.0
  /// Ends the run.
  public var patience = Patience()
  /// Validations between two checkpoints.
  public var checkpointEvery = 4
  /// Checkpoints that are kept beside the best one and the one to resume from.
  public var keepCheckpoints = 3
  /// Nil for none.
  public var quantizationAware: QuantizationAware?

  /// Steps of all phases; fewer are done when patience ends one.
  public var steps: Int { phases.reduce(0) { $0 + $1.steps } }

  /// True when the weights of a later step are kept in place of the best ones so far: they score higher, or are the first
  /// of those to choose among.
  func prefers(
    _ score: ValidationScore, of step: Int, to best: ValidationScore, of bestStep: Int
  ) -> Bool {
    let first = chooseAfter * Double(steps)
    return score > best || (Double(step) > first && Double(bestStep) <= first)
  }
}
