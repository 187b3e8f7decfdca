import Foundation
import RouseAudio
import RouseNumerics
import Testing

/// Hertz of a tone, by the first and the last rising zero of the middle half of `x`.
func frequency(_ x: [Float], rate: Double = 16_000) -> Double {
  let zeros = (x.count / 4..<3 * x.count / 4).compactMap { n -> Double? in
    guard x[n] < 0, x[n + 1] >= 0 else { return nil }
    return Double(n) + Double(-x[n] / (x[n + 1] - x[n]))
  }
  guard let first = zeros.first, let last = zeros.last, last > first else { return 0 }
  return Double(zeros.count - 1) / (last - first) * rate
}

@Suite struct SpeedChangeTests {
  @Test(arguments: [0.25, 0.8, 0.9, 1, 1.1, 1.25, 2] as [Float])
  func scalesLengthAndPitch(factor: Float) {
    let y = SpeedChange.applied(to: sine(1000, seconds: 1), factor: factor)
    #expect(abs(Float(y.count) - 16_000 / factor) <= 1)
    #expect(abs(frequency(y) / Double(1000 * factor) - 1) < 1e-4)
  }

  /// Flat up to 0.75 of the band that is left, and nothing but the tone: what remains after it is taken away is below −60 dB.
  @Test(arguments: [0.5, 0.87, 1.03, 1.19, 1.9] as [Float], [0.02, 0.3, 0.6, 0.75])
  func tonesStayTones(factor: Float, share: Double) {
    let band = 8000 * min(1, 1 / Double(factor))
    let hertz = share * band
    let x = (0..<20_000).map { Float(0.5 * sin(2 * .pi * hertz * Double($0) / 16_000)) }
    let y = SpeedChange.applied(to: x, factor: factor)
    let middle = 1000..<(y.count - 1000)
    var (a, b) = (0.0, 0.0)
    let angle = 2 * .pi * hertz * Double(factor) / 16_000
    // Weighted by a bell, so that a part of a period at the ends does not count.
    for n in middle {
      let place = (Double(n - middle.lowerBound) + 0.5) / Double(middle.count)
      let weight = 2 * (1 - cos(2 * .pi * place)) / Double(middle.count)
      a += weight * Double(y[n]) * sin(angle * Double(n))
      b += weight * Double(y[n]) * cos(angle * Double(n))
    }
    let rest = middle.map {
      Float(Double(y[$0]) - a * sin(angle * Double($0)) - b * cos(angle * Double($0)))
    }
    #expect(abs(decibels((a * a + b * b).squareRoot() / 0.5)) < 0.1)
    #expect(decibels(rms(rest) * 2.0.squareRoot() / 0.5) < -60)
    // No delay.
    #expect(abs(b / a) < 1e-3)
  }

  /// What lies above the band that is left is removed, not folded into it.
  @Test(arguments: [1.25, 1.6, 3] as [Float])
  func aliasesAreRemoved(factor: Float) {
    let hertz = 8000 / Double(factor) * 1.1
    let x = (0..<16_000).map { Float(0.5 * sin(2 * .pi * hertz * Double($0) / 16_000)) }
    let y = SpeedChange.applied(to: x, factor: factor)
    #expect(decibels(rms(y[500..<(y.count - 500)]) * 2.0.squareRoot() / 0.5) < -60)
  }

  @Test func shortClipsAndWantedLengths() {
    #expect(SpeedChange.applied(to: [], factor: 1.5).isEmpty)
    #expect(SpeedChange.applied(to: [0.5], factor: 0.5).count == 2)
    let x = sine(500, seconds: 0.1)
    #expect(SpeedChange.applied(to: x, factor: 1) == x)
    let longer = SpeedChange.applied(to: x, factor: 2, count: 1600)
    #expect(longer[..<700] == SpeedChange.applied(to: x, factor: 2)[..<700])
    #expect(longer[900...].allSatisfy { $0 == 0 })
  }

  /// A constant passes unchanged at every place between two samples.
  @Test func constantsStay() {
    let y = SpeedChange.applied(to: [Float](repeating: 0.25, count: 4000), factor: 1.0371)
    #expect(y[100..<3500].allSatisfy { abs($0 - 0.25) < 1e-6 })
  }
}
