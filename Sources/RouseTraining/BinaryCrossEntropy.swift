import Glibc
import RouseNumerics

/// `loss = Σ_i w_i · (max(z_i, 0) − z_i·y_i + ln(1 + e^−|z_i|)) / n`, the cross-entropy of the logistic function of
/// logits `z` against targets `y`, and its gradient `w_i · (σ(z_i) − y_i) / n`.
///
/// Taken at the logit, so that neither tail loses precision: the logistic function itself has no part in training.
package enum BinaryCrossEntropy {
  /// Fills `gradient` and returns the loss. All views hold one number for each example.
  package static func evaluate(
    logits: FloatView, targets: FloatView, weights: FloatView, gradient: FloatView
  ) -> Double {
    let n = logits.count
    var loss = 0.0
    for i in 0..<n {
      let z = Double(logits[i])
      let y = Double(targets[i])
      let w = Double(weights[i])
      let small = exp(-abs(z))
      loss += w * (max(z, 0) - z * y + log1p(small))
      let probability = z >= 0 ? 1 / (1 + small) : small / (1 + small)
      gradient[i] = Float(w * (probability - y) / Double(n))
    }
    return loss / Double(n)
  }
}
