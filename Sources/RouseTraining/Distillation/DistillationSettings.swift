import Glibc

/// How much a network learns from a teacher: `training.distillation` of a preset, of no effect without a teacher.
///
/// The target of an example is `(1 − w) · y + w · σ(t / T)`: `y` the target that its label gives, `t` the teacher's logit for
/// the sound that ends where the example's window ends, `w` the weight and `T` the temperature. Cross-entropy is linear
/// in its target, so the loss is `(1 − w) · CE(y, σ(z)) + w · CE(σ(t / T), σ(z))` with the student's logit `z`.
///
/// - Source: Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015, equations 1 and 2, with the
///   temperature 1 for the student, whose `σ(z)` is what the device compares with its cutoff; there is no factor `T²` then.
public struct DistillationSettings: Hashable, Sendable {
  public var weight = 0.5
  public var temperature = 2.0

  public init(weight: Double = 0.5, temperature: Double = 2) {
    self.weight = weight
    self.temperature = temperature
  }

  /// - Parameter logit: not a number where the teacher says nothing; the label alone counts then.
  package func target(_ label: Float, logit: Float) -> Float {
    guard !logit.isNaN else { return label }
    let probability = 1 / (1 + exp(-Double(logit) / temperature))
    return Float((1 - weight) * Double(label) + weight * probability)
  }
}
