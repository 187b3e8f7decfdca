import Glibc
import RouseNumerics

/// Seeded noise of mean power 1; scale it, it is outside `[-1, 1]`.
package enum ColouredNoise: String, Sendable, CaseIterable {
  /// Equal power per hertz.
  case white
  /// Power falls by 3 dB per octave from 20 Hz up: equal power per octave.
  case pink
  /// Power falls by 6 dB per octave from 20 Hz up.
  case brown

  /// - Returns: `count` samples whose mean power is 1.
  package func samples(
    _ count: Int, sampleRate: Int = AudioClip.standardSampleRate,
    _ generator: inout SeededGenerator
  ) -> [Float] {
    var filter = sections(sampleRate: sampleRate)
    // Lets the slowest pole forget that it started from rest.
    if self != .white {
      for _ in 0..<sampleRate / 8 { _ = Self.run(&filter, generator.normal()) }
    }
    let x = (0..<count).map { _ in Self.run(&filter, generator.normal()) }
    let power = Level.power(x)
    guard power > 0 else { return x }
    let gain = Float(1 / power.squareRoot())
    return x.map { $0 * gain }
  }

  /// `y[n] = x[n] - zero · x[n-1] + pole · y[n-1]`
  private struct Section {
    let pole: Float
    let zero: Float
    var lastInput: Float = 0
    var lastOutput: Float = 0
  }

  /// The lowest corner: below what any microphone of a device hears.
  private static let lowestFrequency = 20.0

  /// Brown: one pole. Pink: poles two octaves apart and a zero half-way between each pair, whose slopes of 6 and 0 dB per
  /// octave average to 3 within 0.3 dB.
  private func sections(sampleRate: Int) -> [Section] {
    let rate = Double(sampleRate)
    func position(_ frequency: Double) -> Float { Float(exp(-2 * .pi * frequency / rate)) }
    switch self {
    case .white: return []
    case .brown: return [Section(pole: position(Self.lowestFrequency), zero: 0)]
    case .pink:
      return sequence(first: Self.lowestFrequency) { $0 * 4 }.prefix { $0 < rate / 2 }.map {
        Section(pole: position($0), zero: position(2 * $0))
      }
    }
  }

  private static func run(_ sections: inout [Section], _ input: Float) -> Float {
    var x = input
    for index in sections.indices {
      let y =
        x - sections[index].zero * sections[index].lastInput
        + sections[index].pole * sections[index].lastOutput
      sections[index].lastInput = x
      sections[index].lastOutput = y
      x = y
    }
    return x
  }
}

extension SeededGenerator {
  /// Nearly normal, mean 0, variance 1: the sum of 12 uniform numbers less 6. Only additions, so the same bits everywhere.
  mutating func normal() -> Float {
    var sum: Float = -6
    for _ in 0..<12 { sum += unit() }
    return sum
  }
}
