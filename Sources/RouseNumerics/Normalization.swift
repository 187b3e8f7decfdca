import CKernels

/// The parts of batch normalization over rows of channels; formulas are in `ckernels.h`.
///
/// Sums run in float32 in four interleaved parts over the rows of one shard, and in double over the shards. The squares
/// are those of `x − origin`, where `origin` is the first row of the batch, so that a mean far from zero costs no digits.
package struct Normalization: Sendable {
  package let channels: Int
  package let shards: Int
  package let memory: FloatView

  /// Floats of memory that one normalization needs.
  package static func count(channels: Int, shards: Int) -> Int { channels * (2 * shards + 5) }

  /// - Parameter memory: `count(channels:shards:)` floats; what `statistics` leaves there is used by the rest.
  package init(channels: Int, shards: Int, memory: FloatView) {
    self.channels = channels
    self.shards = shards
    self.memory = memory
  }

  /// Two partial sums of one shard, one behind the other.
  private func parts(_ shard: Int) -> UnsafeMutablePointer<Float> {
    precondition(shard >= 0 && shard < shards)
    return Place(memory, 2 * shard * channels).pointer(2 * channels)
  }

  /// One of five vectors behind the partial sums.
  private func vector(_ index: Int) -> UnsafeMutablePointer<Float> {
    Place(memory, (2 * shards + index) * channels).pointer(channels)
  }

  private var mean: UnsafeMutablePointer<Float> { vector(0) }
  /// `1 / √(variance + epsilon)`.
  private var inverse: UnsafeMutablePointer<Float> { vector(1) }
  /// `gamma · inverse`.
  private var scale: UnsafeMutablePointer<Float> { vector(2) }
  private var slope: UnsafeMutablePointer<Float> { vector(3) }
  private var offset: UnsafeMutablePointer<Float> { vector(4) }

  /// The partial sums `which` (0 or 1) of channel `c`, over the shards in order.
  private func total(_ which: Int, _ c: Int, _ parts: UnsafeMutablePointer<Float>) -> Double {
    var sum = 0.0
    for shard in 0..<shards { sum += Double(parts[(2 * shard + which) * channels + c]) }
    return sum
  }

  // MARK: - Forward

  package func sums(_ x: Place, origin: Place, shard: Int, rows: Int) {
    let parts = parts(shard)
    rouse_moments(
      x.pointer(rows * channels), origin.pointer(channels), parts, parts + channels, Int64(rows),
      Int64(channels))
  }

  /// Joins the shards: sets mean and scale to those of the batch, and moves the running statistics:
  /// `running = momentum · running + (1 − momentum) · batch`, with the biased variance.
  package func useBatch(
    origin: Place, rows: Int, gamma: Place, epsilon: Float, momentum: Float, runningMean: Place,
    runningVariance: Place
  ) {
    let (origin, gamma) = (origin.pointer(channels), gamma.pointer(channels))
    let running = (runningMean.pointer(channels), runningVariance.pointer(channels))
    let parts = parts(0)
    let (mean, inverse, scale) = (mean, inverse, scale)
    for c in 0..<channels {
      let distance = total(0, c, parts) / Double(rows)
      let variance = max(total(1, c, parts) / Double(rows) - distance * distance, 0)
      mean[c] = Float(Double(origin[c]) + distance)
      inverse[c] = Float(1 / (variance + Double(epsilon)).squareRoot())
      scale[c] = gamma[c] * inverse[c]
      running.0[c] = momentum * running.0[c] + (1 - momentum) * mean[c]
      running.1[c] = momentum * running.1[c] + (1 - momentum) * Float(variance)
    }
  }

  /// Sets mean and scale to the running ones.
  package func useRunning(gamma: Place, epsilon: Float, mean source: Place, variance: Place) {
    let (gamma, source) = (gamma.pointer(channels), source.pointer(channels))
    let variance = variance.pointer(channels)
    let (mean, inverse, scale) = (mean, inverse, scale)
    for c in 0..<channels {
      mean[c] = source[c]
      inverse[c] = Float(1 / (Double(variance[c]) + Double(epsilon)).squareRoot())
      scale[c] = gamma[c] * inverse[c]
    }
  }

  /// `y = clamp(scale · (x − mean) + beta)`.
  package func apply(
    _ x: Place, beta: Place, into y: Place, rows: Int, limits: ClosedRange<Float>
  ) {
    rouse_normalize(
      x.pointer(rows * channels), scale, mean, beta.pointer(channels), y.pointer(rows * channels),
      Int64(rows), Int64(channels), limits.lowerBound, limits.upperBound)
  }

  // MARK: - Backward

  /// Partial sums of `dz` and `dz · (x − mean)`, `dz` the gradient before the clamp.
  package func gradientSums(
    _ x: Place, _ dy: Place, beta: Place, shard: Int, rows: Int, limits: ClosedRange<Float>
  ) {
    let parts = parts(shard)
    rouse_normalize_sums(
      x.pointer(rows * channels), dy.pointer(rows * channels), scale, mean, beta.pointer(channels),
      parts, parts + channels, Int64(rows), Int64(channels), limits.lowerBound, limits.upperBound)
  }

  /// Joins the shards: the gradients of gamma and beta, and what `inputGradient` needs.
  ///
  /// With `i` the inverse deviation and sums over the `rows` of the batch: `dbeta = Σ dz`,
  /// `dgamma = i · Σ dz · (x − mean)`, `dx = gamma · i · (dz − dbeta / rows − i · (x − mean) · dgamma / rows)`.
  package func joinGradients(rows: Int, dgamma: Place?, dbeta: Place?) {
    let dgamma = dgamma?.pointer(channels)
    let dbeta = dbeta?.pointer(channels)
    let parts = parts(0)
    let (inverse, scale, slope, offset) = (inverse, scale, slope, offset)
    for c in 0..<channels {
      let sum = total(0, c, parts)
      let product = total(1, c, parts)
      let i = Double(inverse[c])
      dbeta?[c] = Float(sum)
      dgamma?[c] = Float(i * product)
      slope[c] = Float(-Double(scale[c]) * i * i * product / Double(rows))
      offset[c] = Float(-Double(scale[c]) * sum / Double(rows))
    }
  }

  package func inputGradient(
    _ x: Place, _ dy: Place, beta: Place, into dx: Place, rows: Int, limits: ClosedRange<Float>
  ) {
    rouse_normalize_input_gradient(
      x.pointer(rows * channels), dy.pointer(rows * channels), scale, mean, beta.pointer(channels),
      slope, offset, dx.pointer(rows * channels), Int64(rows), Int64(channels), limits.lowerBound,
      limits.upperBound)
  }
}
