import Foundation
import RouseAudio
import RouseNumerics
import Testing

@Suite struct FilterTests {
  /// Decibels that a tone gains by `change`, once it is steady.
  func gain(at hertz: Double, _ change: (inout [Float]) -> Void) -> Double {
    let x = (0..<16_000).map { Float(0.25 * sin(2 * .pi * hertz * Double($0) / 16_000)) }
    var y = x
    change(&y)
    return decibels(max(rms(y[8000...]), 1e-9) / rms(x[8000...]))
  }

  func gain(of filters: [Biquad], at hertz: Double) -> Double {
    gain(at: hertz) { Biquad.apply(filters, to: &$0) }
  }

  @Test(arguments: [-12, -3, 6] as [Double])
  func bellsAndShelvesHaveTheGainOfTheirName(decibels: Double) {
    let peak = [Biquad.peak(hertz: 1000, q: 2, decibels: decibels)]
    #expect(abs(gain(of: peak, at: 1000) - decibels) < 0.02)
    #expect(abs(gain(of: peak, at: 60)) < 0.1)
    #expect(abs(gain(of: peak, at: 7500)) < 0.1)
    let low = [Biquad.lowShelf(hertz: 500, decibels: decibels)]
    #expect(abs(gain(of: low, at: 30) - decibels) < 0.1)
    #expect(abs(gain(of: low, at: 500) - decibels / 2) < 0.05)
    #expect(abs(gain(of: low, at: 7000)) < 0.1)
    let high = [Biquad.highShelf(hertz: 2000, decibels: decibels)]
    #expect(abs(gain(of: high, at: 7900) - decibels) < 0.1)
    #expect(abs(gain(of: high, at: 2000) - decibels / 2) < 0.05)
    #expect(abs(gain(of: high, at: 100)) < 0.1)
  }

  @Test func notchesRemoveTheirFrequency() {
    let notch = [Biquad.notch(hertz: 1000, q: 1)]
    #expect(gain(of: notch, at: 1000) < -60)
    #expect(abs(gain(of: notch, at: 50)) < 0.1)
    #expect(abs(gain(of: notch, at: 7800)) < 0.1)
    // The points of half the power: 1000 · (√1.25 ± 0.5) Hz, on the bilinear transform's warped scale.
    let angle = tan(Double.pi * 1000 / 16_000)
    for edge in [sqrt(1.25) - 0.5, sqrt(1.25) + 0.5] {
      let hertz = atan(angle * edge) * 16_000 / .pi
      #expect(abs(gain(of: notch, at: hertz) + 3) < 0.6)
    }
  }

  /// Filters in a row give the sum of their decibels, and eight at once what one after another gives.
  @Test func filtersAddUp() {
    let filters = (0..<8).map {
      Biquad.peak(hertz: 200 * Double(1 + 3 * $0), q: 1, decibels: Double($0) - 4)
    }
    var generator = SeededGenerator(seed: 1)
    let x = (0..<3000).map { _ in generator.uniform(-0.5, 0.5) }
    var together = x
    Biquad.apply(filters, to: &together)
    var single = x
    for filter in filters { Biquad.apply([filter], to: &single) }
    #expect(zip(together, single).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(together.count == x.count)
    var empty: [Float] = []
    Biquad.apply(filters, to: &empty)
    #expect(empty.isEmpty)
  }

  /// Seven bands within ±6 dB, of which neighbours overlap, and the colour differs from draw to draw.
  @Test func equalisersColour() {
    func colour(_ seed: UInt64) -> [Double] {
      [60, 300, 1000, 3000, 7000].map { hertz in
        var generator = SeededGenerator(seed: seed)
        return gain(at: hertz) { Equaliser.apply(to: &$0, decibels: -6...6, &generator) }
      }
    }
    let colours = (0..<20).map { colour(UInt64($0)) }
    #expect(colours.allSatisfy { $0.allSatisfy { abs($0) < 14 } })
    #expect(colours.filter { $0.contains { abs($0) > 1 } }.count > 15)
    #expect(colour(3) == colour(3))
    #expect(Set(colours).count == 20)
    // Without gain nothing changes.
    var generator = SeededGenerator(seed: 1)
    #expect(abs(gain(at: 500) { Equaliser.apply(to: &$0, decibels: 0...0, &generator) }) < 1e-3)
  }

  /// Somewhere between 200 Hz and 4 kHz a band is gone, and more than half of the octaves stay.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func bandStopsRemoveABand(seed: UInt64) {
    let gains = (0..<30).map { step -> Double in
      var generator = SeededGenerator(seed: seed)
      return gain(at: 150 * exp2(Double(step) / 6)) { BandStop.apply(to: &$0, &generator) }
    }
    #expect((gains.min() ?? 0) < -9)
    #expect(gains.filter { $0 > -3.1 }.count >= 15)
    #expect(gains.allSatisfy { $0 < 0.1 })
  }

  @Test(arguments: [0.1, 1, 4] as [Float])
  func softClippingIsTanh(drive: Float) {
    let x = (-1000...1000).map { Float($0) * 0.0007 }
    var y = x
    SoftClipping.apply(to: &y, drive: drive)
    let peak = 0.7
    for (u, v) in zip(x, y) {
      let exact = peak * tanh(Double(drive) * Double(u) / peak) / tanh(Double(drive))
      #expect(abs(Double(v) - exact) < peak * 0x1p-16 / tanh(Double(drive)))
    }
    #expect(abs((y.last ?? 0) - 0.7) < 1e-6)
    var silence = [Float](repeating: 0, count: 9)
    SoftClipping.apply(to: &silence, drive: drive)
    #expect(silence == [Float](repeating: 0, count: 9))
  }
}
