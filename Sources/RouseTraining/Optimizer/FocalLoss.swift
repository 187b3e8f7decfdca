import Glibc
import RouseNumerics

/// `loss = Σ_i w_i · (2α·y_i·(1 − p_i)^γ·(−ln p_i) + 2(1 − α)·(1 − y_i)·p_i^γ·(−ln(1 − p_i))) / n` with `p = σ(z)`, and
/// its gradient by the logits `z`: cross-entropy that pays less attention to what the network is sure of.
///
/// `γ = 0` and `α = 0.5` are cross-entropy, bit for bit. The paper's `α_t` is here twice as large, so that `α` moves
/// weight between the classes without changing the size of the loss.
///
/// - Rounding: in double precision, from logarithms that lose nothing in either tail.
/// - Source: Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equation 5.
public struct FocalLoss: Hashable, Sendable {
  public var gamma = 0.0
  /// Weight of positives, from 0 to 1.
  public var alpha = 0.5

  public init(gamma: Double = 0, alpha: Double = 0.5) {
    self.gamma = gamma
    self.alpha = alpha
  }

  /// Fills `gradient` and returns the loss. All views hold one number for each example.
  package func evaluate(
    logits: FloatView, targets: FloatView, weights: FloatView, gradient: FloatView
  ) -> Double {
    if gamma == 0 && alpha == 0.5 {
      return BinaryCrossEntropy.evaluate(
        logits: logits, targets: targets, weights: weights, gradient: gradient)
    }
    let n = logits.count
    var loss = 0.0
    for i in 0..<n {
      let z = Double(logits[i])
      let w = Double(weights[i])
      let positive = 2 * alpha * Double(targets[i])
      let negative = 2 * (1 - alpha) * (1 - Double(targets[i]))
      let small = exp(-abs(z))
      let p = z >= 0 ? 1 / (1 + small) : small / (1 + small)
      let q = z >= 0 ? small / (1 + small) : 1 / (1 + small)
      // −ln p and −ln q.
      let (a, b) = (max(-z, 0) + log1p(small), max(z, 0) + log1p(small))
      let (qPower, pPower) = (exp(-gamma * b), exp(-gamma * a))
      loss += w * (positive * qPower * a + negative * pPower * b)
      let slope =
        positive * qPower * (-gamma * p * a - q) + negative * pPower * (p + gamma * q * b)
      gradient[i] = Float(w * slope / Double(n))
    }
    return loss / Double(n)
  }
}
