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

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int {
    Normalization.count(channels: inputs[1].count, shards: Shards.count(batch: batch))
  }

  /// In training with the statistics of the batch (biased variance), which also move the running ones; otherwise with
  /// the running ones.
  public func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    let (gamma, beta) = (Place(step.inputs[1]), Place(step.inputs[2]))
    let (runningMean, runningVariance) = (Place(step.inputs[3]), Place(step.inputs[4]))
    let channels = step.inputs[1].count
    let batch = x.shape[0]
    let perExample = x.count / batch / channels
    let normalization = Normalization(
      channels: channels, shards: step.shards.count, memory: step.scratch)
    if step.isTraining {
      step.shards.forEach({ shard, rows in
        normalization.sums(
          Place(x, rows.lowerBound * perExample * channels), origin: Place(x), shard: shard,
          rows: rows.count * perExample)
      })
      normalization.useBatch(
        origin: Place(x), rows: batch * perExample, gamma: gamma, epsilon: epsilon,
        momentum: momentum, runningMean: runningMean, runningVariance: runningVariance)
    } else {
      normalization.useRunning(
        gamma: gamma, epsilon: epsilon, mean: runningMean, variance: runningVariance)
    }
    let limits = activation.limits
    step.shards.forEach({ _, rows in
      let first = rows.lowerBound * perExample * channels
      normalization.apply(
        Place(x, first), beta: beta, into: Place(y, first), rows: rows.count * perExample,
        limits: limits)
    })
  }

  /// The gradient through the statistics of the batch that `forward` left in the scratch.
  public func backward(_ step: BackwardStep) {
    let (x, dy) = (step.inputs[0], step.outputGradients[0])
    let beta = Place(step.inputs[2])
    let channels = step.inputs[1].count
    let batch = x.shape[0]
    let perExample = x.count / batch / channels
    let normalization = Normalization(
      channels: channels, shards: step.shards.count, memory: step.scratch)
    let limits = activation.limits
    step.shards.forEach({ shard, rows in
      let first = rows.lowerBound * perExample * channels
      normalization.gradientSums(
        Place(x, first), Place(dy, first), beta: beta, shard: shard,
        rows: rows.count * perExample, limits: limits)
    })
    normalization.joinGradients(
      rows: batch * perExample, dgamma: step.inputGradients[1].map { Place($0) },
      dbeta: step.inputGradients[2].map { Place($0) })
    guard let dx = step.inputGradients[0] else { return }
    step.shards.forEach({ _, rows in
      let first = rows.lowerBound * perExample * channels
      normalization.inputGradient(
        Place(x, first), Place(dy, first), beta: beta, into: Place(dx, first),
        rows: rows.count * perExample, limits: limits)
    })
  }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost { Cost(macs: outputs[0].count) }
}
