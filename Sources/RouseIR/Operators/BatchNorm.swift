import RouseNumerics

/// `y = activation(gamma · (x − mean) / √(variance + epsilon) + beta)`, per channel (the last axis).
///
/// Only trains: `FoldBatchNorm` must remove it before deployment.
///
/// - Inputs: `x` `[n, …, channels]`, then `gamma`, `beta`, `runningMean`, `runningVariance`, each `[channels]`. Training
///   normalizes with the statistics of the batch and moves the running ones by `1 − momentum`.
public struct BatchNorm: TrainableOperator {
  public static let name = "batch_norm"
  public var epsilon: Float
  public var momentum: Float
  public var activation: Activation

  public init(epsilon: Float = 0.001, momentum: Float = 0.99, activation: Activation = .none) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.activation = activation
  }

  /// The shortest decimal that reads back as the same float.
  public var attributes: [(key: String, value: String)] {
    [
      ("epsilon", "\(epsilon)"), ("momentum", "\(momentum)"), ("activation", activation.rawValue),
    ]
  }

  public init(attributes: AttributeReader) throws(GraphError) {
    self.init(
      epsilon: try attributes.float("epsilon"), momentum: try attributes.float("momentum"),
      activation: try attributes.choice("activation", Activation.self))
  }

  // MARK: - Shape

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    guard inputs.count == 5 else {
      throw .wrongInputCount(op: Self.name, expected: 5, found: inputs.count)
    }
    let x = inputs[0]
    guard x.rank >= 2 else { throw .wrongRank(op: Self.name, input: "x", expected: 2, found: x) }
    let channels = x[x.rank - 1]
    for (name, shape) in zip(["gamma", "beta", "runningMean", "runningVariance"], inputs[1...]) {
      guard shape == [channels] else {
        throw .mismatch(op: Self.name, what: name, expected: "[\(channels)]", found: "\(shape)")
      }
    }
    return [x]
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    .sameRow
  }

  // MARK: - Float

  public func forward(_ step: ForwardStep) { fatalError("pending") }
  public func backward(_ step: BackwardStep) { fatalError("pending") }
  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    fatalError("pending")
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost { Cost(macs: outputs[0].count) }
}
