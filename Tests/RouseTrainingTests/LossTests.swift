import Foundation
import RouseNumerics
import RouseTraining
import Testing

@Suite struct LossTests {
  /// The textbook form in double precision, where it does not lose precision.
  @Test func equalsTheDefinition() {
    let z: [Float] = [-3, -0.5, 0, 1.25, 4]
    let y: [Float] = [0, 1, 0.5, 0.9, 1]
    let w: [Float] = [1, 2, 0.5, 3, 1]
    let gradient = FloatView(zeros: [5])
    let loss = BinaryCrossEntropy.evaluate(
      logits: FloatView(z, shape: [5]), targets: FloatView(y, shape: [5]),
      weights: FloatView(w, shape: [5]), gradient: gradient)
    var expected = 0.0
    for i in 0..<5 {
      let p = 1 / (1 + exp(-Double(z[i])))
      expected -= Double(w[i]) * (Double(y[i]) * log(p) + (1 - Double(y[i])) * log(1 - p)) / 5
      #expect(abs(Double(gradient[i]) - Double(w[i]) * (p - Double(y[i])) / 5) < 1e-7)
    }
    #expect(abs(loss - expected) < 1e-9)
  }

  @Test func staysFiniteFarOut() {
    let gradient = FloatView(zeros: [2])
    let loss = BinaryCrossEntropy.evaluate(
      logits: FloatView([1e4, -1e4], shape: [2]), targets: FloatView([0, 1], shape: [2]),
      weights: FloatView([1, 1], shape: [2]), gradient: gradient)
    #expect(loss == 1e4)
    #expect(gradient.values == [0.5, -0.5])
  }
}

@Suite struct AdamTests {
  /// The first step moves every value by the rate, against the sign of its gradient (the paper, section 2.1).
  @Test func firstStepIsTheRate() {
    let x = FloatView([1, 1, 1], shape: [3])
    let (m, v) = (FloatView(zeros: [3]), FloatView(zeros: [3]))
    AdamUpdate(beta1: 0.9, beta2: 0.999).apply(
      values: x, gradients: FloatView([2, -0.5, 0], shape: [3]), firstMoment: m, secondMoment: v,
      rate: 0.01, step: 1)
    #expect(abs(x[0] - 0.99) < 1e-6)
    #expect(abs(x[1] - 1.01) < 1e-6)
    #expect(x[2] == 1)
  }

  @Test func findsAMinimum() {
    let x = FloatView([3, -2], shape: [2])
    let (g, m, v) = (FloatView(zeros: [2]), FloatView(zeros: [2]), FloatView(zeros: [2]))
    for step in 1...2000 {
      g[0] = 2 * (x[0] - 1)
      g[1] = 20 * (x[1] - 0.5)
      AdamUpdate(beta1: 0.9, beta2: 0.999).apply(
        values: x, gradients: g, firstMoment: m, secondMoment: v, rate: 0.01, step: step)
    }
    #expect(abs(x[0] - 1) < 1e-2)
    #expect(abs(x[1] - 0.5) < 1e-2)
  }
}
