import Foundation
import RouseFrontEnd
import RouseNumerics
import Testing

/// Recomputes every frozen table in double precision from its formula.
///
/// The originals are computed in single precision, so a value whose exact result lies near a half may differ by one.
/// Where the test says "equal", double precision confirms every value.
@Suite struct FrontEndTableTests {
  @Test func windowIsHann() {
    #expect(HannWindow.coefficients.count == 480)
    for (index, value) in HannWindow.coefficients.enumerated() {
      let exact = 4096 * (0.5 - 0.5 * cos(2 * .pi * (Double(index) + 0.5) / 480))
      #expect(abs(Double(value) - exact) <= 0.5 + 4096 * 1e-6)
    }
  }

  @Test func cosinesAreEqual() {
    for index in -600...600 {
      let angle = 2 * Double.pi * Double(index) / 512
      #expect(Double(QuarterWave.cosine(index)) == (32767 * cos(angle) + 0.5).rounded(.down))
      #expect(Double(QuarterWave.sine(index)) == (32767 * sin(angle) + 0.5).rounded(.down))
    }
  }

  @Test func bandsAndWeightsAreMelTriangles() {
    func mel(_ hertz: Double) -> Double { 1127 * log1p(hertz / 700) }
    let low = mel(125)
    let spacing = (mel(7500) - low) / 41
    #expect(MelWeights.bandStarts.count == 42)
    #expect(MelWeights.bandStarts.first == Int(1.5 + 125 / 31.25))
    #expect(MelWeights.weights.count == MelWeights.bandStarts[41] - MelWeights.bandStarts[0])
    for band in 0..<41 {
      let top = low + spacing * Double(band + 1)
      for bin in MelWeights.bandStarts[band]..<MelWeights.bandStarts[band + 1] {
        let height = mel(Double(bin) * 31.25)
        #expect(height <= top && height > top - spacing)
        let exact = 4096 * (top - height) / spacing
        // Single precision has 2^-14 mel left at 2840 mel, divided by the spacing of 64 mel.
        #expect(
          abs(Double(MelWeights.weights[bin - MelWeights.bandStarts[0]]) - exact) <= 0.5 + 0.05)
      }
    }
  }

  @Test func logCorrectionsAreEqual() {
    #expect(LogTable.corrections.count == 129)
    for (index, value) in LogTable.corrections.enumerated() {
      let x = Double(index) / 128
      #expect(Double(value) == (65536 * (log2(1 + x) - x)).rounded())
    }
  }

  @Test func gainSegmentsAreParabolasThroughThePower() {
    func gain(_ x: Double) -> Double {
      let exact = 0x1p21 * pow(x / 128 + 80, -0.95)
      return min(exact + 0.5, 32767).rounded(.down)
    }
    #expect(GainTable.first.map(Double.init) == [gain(0), gain(1)])
    #expect(GainTable.segments.count == 31)
    for (index, segment) in GainTable.segments.enumerated() {
      let x0 = Double(sign: .plus, exponent: index + 1, significand: 1)
      let x2 = index == 30 ? 2 * x0 - 1 : 2 * x0
      let (y0, y1, y2) = (gain(x0), gain(1.5 * x0), gain(x2))
      let slope = 4 * (y1 - y0) - (y2 - y0)
      #expect(
        [segment.start, segment.slope, segment.curve].map(Double.init) == [
          y0, slope, y2 - y0 - slope,
        ])
    }
  }
}

@Suite struct SquareRootTests {
  /// The rule stated without a square root: `r` is nearest when `r² − r < x ≤ r² + r`.
  func isNearest(_ root: UInt32, _ x: UInt64) -> Bool {
    let r = UInt64(root)
    return x <= r * r + r && (r == 0 || x > r * r - r)
  }

  func roundedSquareRoot(_ x: UInt64) -> UInt32 { FrontEndKernel.roundedSquareRoots([x])[0] }

  @Test func nearestAtEveryBoundary() {
    let roots: [UInt64] =
      Array(0...300) + [
        255, 4095, 65534, 65535, 65536, 65537, 1 << 20, (1 << 24) - 1,
      ]
    for r in roots {
      for x in [r * r, r * r + r, r * r + r + 1, r * r + 2 * r] {
        // Below 2^32 the original's 16-bit root stops at 65535.
        if x < 1 << 32 && x > 65535 * 65535 + 65535 {
          #expect(roundedSquareRoot(x) == 65535)
        } else {
          #expect(isNearest(roundedSquareRoot(x), x))
        }
      }
    }
  }

  @Test func nearestAtRandom() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      let x = generator.next() >> (16 + generator.next() % 20)
      #expect(isNearest(roundedSquareRoot(x), x))
    }
  }
}
