import RouseFrontEnd
import Testing

@Suite struct FeatureQuantizationTests {
  @Test func everyFeatureIsQuantizedAsTheModelSaysItIs() {
    for u in UInt16.min...UInt16.max {
      let value = FeatureQuantization.float32(u)
      // u / 25.6 = 5u / 128
      #expect(Double(value) * 128 == Double(u) * 5)
      let device = FeatureQuantization.deviceInt8(u)
      // Two roundings that differ on ties, in float32 as the runtimes compute it.
      for rule in [FloatingPointRoundingRule.toNearestOrAwayFromZero, .toNearestOrEven] {
        let quantized =
          Int32((value / FeatureQuantization.scale).rounded(rule)) + FeatureQuantization.zeroPoint
        #expect(Int32(device) == min(max(quantized, -128), 127))
      }
    }
  }

  @Test func noFeatureIsATie() {
    for u in 0...65535 { #expect((2 * 256 * u) % 666 != 0 || (256 * u) % 666 == 0) }
  }

  @Test func constantsAreExact() {
    #expect(Double(FeatureQuantization.scale) == 1665.0 / 16384)
    #expect(Double(FeatureQuantization.scale) * 6553.6 == 666)
    #expect(FeatureQuantization.floatPerUnit == 1 / 25.6)
    #expect(FeatureQuantization.deviceInt8(662) == 126)
    #expect(FeatureQuantization.deviceInt8(663) == 127)
  }

  @Test func viewsHaveTheSameShape() {
    let matrix = FeatureMatrix(values: (0..<80).map { UInt16($0 * 10) })
    #expect(matrix.frames == 2)
    #expect(matrix.shape == [2, 40])
    #expect(matrix.float32[79] == 790 * 0.0390625)
    #expect(matrix.deviceInt8[79] == 127)
    #expect(matrix.deviceInt8[0] == -128)
    #expect(FeatureMatrix(values: []).frames == 0)
  }
}
