import Foundation
import RouseNumerics
import Testing

/// Fixed-point softmax against the formula in double; every bit against TFLite Micro is in RouseFormatsTests.
@Suite struct FixedPointSoftmaxTests {
  /// The series of degree 4 around −1/8 leaves out (1/8)^5 / 120 = 2.5e-7; roundings are far below.
  @Test(arguments: [0.001, 0.02, 0.1, 0.7, 3] as [Float])
  func exponentialsAreExact(scale: Float) throws {
    let softmax = try #require(FixedPointSoftmax(scale: scale, beta: 1))
    #expect(softmax.exponentials[0] == .max)
    for distance in 0..<256 {
      let real = exp(-Double(scale) * Double(distance))
      // Beyond 31, the most that 5 integer bits hold, a value counts as 0.
      let expected = Double(scale) * Double(distance) > 31 ? 0 : real
      #expect(abs(Double(softmax.exponentials[distance]) * 0x1p-31 - expected) < 3e-7)
    }
  }

  @Test func betaIsAFactorOfTheScale() {
    let product = FixedPointSoftmax(scale: 0.125, beta: 1)
    #expect(FixedPointSoftmax(scale: 0.5, beta: 0.25) == product)
    #expect(FixedPointSoftmax(scale: 0.5, beta: 0.26) != product)
  }

  /// Newton steps with 29 fraction bits: four units of 2e-9.
  @Test func reciprocalIsExact() {
    var generator = SeededGenerator(seed: 6)
    for bit in 19..<28 {
      let one: Int32 = 1 << Int32(bit)
      var sums: [Int32] = [one, one + 1, 2 * one - 1]
      for _ in 0..<50 { sums.append(one + Int32(generator.below(Int(one)))) }
      for sum in sums {
        let (factor, bits) = FixedPointSoftmax.reciprocal(sum)
        let found = Double(factor) * 0x1p-31 / Double(1 << Int(bits))
        let exact = 1 / (Double(sum) * 0x1p-19)
        #expect(abs(found / exact - 1) < 8e-9)
      }
    }
  }

  /// Rows of every length: probabilities are within half a step, and a little for the 19 bits of the sum.
  @Test func resultsAreNearTheFormula() throws {
    var generator = SeededGenerator(seed: 7)
    for scale in [0.004, 0.05, 0.4] as [Float] {
      let softmax = try #require(FixedPointSoftmax(scale: scale, beta: 1))
      for length in [1, 2, 3, 17, 100, FixedPointSoftmax.longestRow] {
        let row = (0..<length).map { _ in generator.below(256) }
        let largest = row.max() ?? 0
        let reciprocal = FixedPointSoftmax.reciprocal(
          row.reduce(0) { $0 + softmax.terms[largest - $1] })
        let total = row.reduce(0.0) { $0 + exp(Double(scale) * Double($1 - largest)) }
        for value in row {
          let exact = exp(Double(scale) * Double(value - largest)) / total * 256 - 128
          let found = softmax.result(distance: largest - value, reciprocal)
          #expect(abs(Double(found) - min(exact, 127)) < 0.501)
        }
      }
    }
  }

  @Test(
    arguments: [(0, 1), (1e-9, 1), (0.1, -1), (0.1, 0), (.nan, 1), (0.1, .nan)] as [(Float, Float)])
  func flatOrNegativeSlopesAreRefused(scale: Float, beta: Float) {
    #expect(FixedPointSoftmax(scale: scale, beta: beta) == nil)
  }

  @Test func infiniteSlopesSaturate() throws {
    let softmax = try #require(FixedPointSoftmax(scale: .infinity, beta: 1))
    #expect(softmax.exponentials == [.max] + [Int32](repeating: 0, count: 255))
  }
}
