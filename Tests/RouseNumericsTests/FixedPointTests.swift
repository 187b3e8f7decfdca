import RouseNumerics
import Testing

/// Rounding against exact arithmetic in 128 bits.
@Suite struct FixedPointTests {
  /// Values where rounding and saturation have their edges, and seeded ones of every magnitude.
  static let values: [Int32] = {
    var generator = SeededGenerator(seed: 11)
    var values: [Int32] = [.min, .min + 1, .max, .max - 1]
    for bit in 0..<31 {
      let power = Int32(1) << Int32(bit)
      values += [power - 1, power, power &+ 1, -power - 1, -power, -power + 1]
      values.append(Int32(truncatingIfNeeded: generator.next()) >> Int32(bit))
    }
    return Array(Set(values)).sorted()
  }()

  /// ⌊a·b / 2^31 + 1/2⌋, limited to int32.
  static func highMul(_ a: Int32, _ b: Int32) -> Int32 {
    let product = Int128(a) * Int128(b)
    return Int32(clamping: (product + (1 << 30)) >> 31)
  }

  /// `value / 2^exponent`, half away from zero.
  static func divide(_ value: Int32, _ exponent: Int32) -> Int32 {
    let (magnitude, half) = (Int128(value).magnitude, (UInt128(1) << exponent) / 2)
    let rounded = Int128((magnitude + half) >> exponent)
    return Int32(value < 0 ? -rounded : rounded)
  }

  @Test func highMulIsExact() {
    for a in Self.values {
      for b in Self.values {
        #expect(FixedPoint.saturatingRoundingDoublingHighMul(a, b) == Self.highMul(a, b))
      }
    }
  }

  /// Ties go towards plus infinity, as in gemmlowp.
  @Test func highMulTies() {
    let half: Int32 = 1 << 30
    #expect(FixedPoint.saturatingRoundingDoublingHighMul(1, half) == 1)
    #expect(FixedPoint.saturatingRoundingDoublingHighMul(-1, half) == 0)
    #expect(FixedPoint.saturatingRoundingDoublingHighMul(3, half) == 2)
    #expect(FixedPoint.saturatingRoundingDoublingHighMul(-3, half) == -1)
    #expect(FixedPoint.saturatingRoundingDoublingHighMul(.min, .min) == .max)
  }

  @Test func divisionIsExact() {
    for exponent in 0...31 as ClosedRange<Int32> {
      for value in Self.values {
        #expect(
          FixedPoint.roundingDivideByPowerOfTwo(value, exponent) == Self.divide(value, exponent))
      }
    }
    for exponent in 0...9 as ClosedRange<Int32> {
      for value in -1100...1100 as ClosedRange<Int32> {
        #expect(
          FixedPoint.roundingDivideByPowerOfTwo(value, exponent) == Self.divide(value, exponent))
      }
    }
  }

  @Test func divisionTies() {
    #expect(FixedPoint.roundingDivideByPowerOfTwo(3, 1) == 2)
    #expect(FixedPoint.roundingDivideByPowerOfTwo(-3, 1) == -2)
    #expect(FixedPoint.roundingDivideByPowerOfTwo(1, 1) == 1)
    #expect(FixedPoint.roundingDivideByPowerOfTwo(-1, 1) == -1)
  }

  /// Every sum of up to 9 int8 values, and the ends of int32; half away from zero.
  @Test func averageIsExact() {
    for count in 1...9 as ClosedRange<Int32> {
      for sum in -128 * count...127 * count {
        let magnitude = (2 * Int(sum.magnitude) + Int(count)) / (2 * Int(count))
        let expected = Int32(sum < 0 ? -magnitude : magnitude)
        #expect(FixedPoint.roundingDivide(sum, by: count) == expected)
      }
    }
    #expect(FixedPoint.roundingDivide(127 * 65_536, by: 65_536) == 127)
    #expect(FixedPoint.roundingDivide(-128 * 65_536, by: 65_536) == -128)
  }

  /// Every pair of an 8-bit value and limits.
  @Test func clampKeepsTheLimits() {
    for low in [-128, -3, 0] as [Int32] {
      for high in [0, 5, 127] as [Int32] {
        for value in -300...300 as ClosedRange<Int32> {
          let expected = value < low ? low : value > high ? high : value
          #expect(FixedPoint.clamp(value, low, high) == expected)
        }
      }
    }
  }
}

/// Real multipliers in Q31.
@Suite struct FixedPointMultiplierTests {
  /// Computed with rational numbers from the definition.
  @Test(arguments: [
    (0.3, 1_288_490_189, -1), (1.0, 1_073_741_824, 1), (0.5, 1_073_741_824, 0),
    (0.25, 1_073_741_824, -1), (1.0 / 3, 1_431_655_765, -1), (0.0003, 1_319_413_953, -11),
    (0.4, 1_717_986_918, -1), (2.5, 1_342_177_280, 2), (123456.789, 2_022_716_031, 17),
    (0.9999999, 2_147_483_433, 0),
    // Rounds up to 1.
    (1 - 0x1p-40, 1_073_741_824, 1),
    // The smallest that is not zero, and the first that is.
    (0x1p-32, 1_073_741_824, -31), (0x1.fffffp-33, 0, 0), (0, 0, 0),
    // The largest that fits, and saturation.
    (0x1p29, 1_073_741_824, 30), (0x1p31, 2_147_483_647, 30), (1e30, 2_147_483_647, 30),
  ])
  func goldenMultipliers(real: Double, multiplier: Int32, shift: Int32) {
    #expect(
      FixedPointMultiplier(real) == FixedPointMultiplier(multiplier: multiplier, shift: shift))
  }

  /// The 53 bits of a double, cut to 31 with ties away from zero.
  @Test func conversionIsExact() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      let exponent = generator.below(60) - 31
      let ties: UInt64 = 0x3F_FFFF
      // Half of the fractions end in a tie or next to one.
      var fraction = generator.next() >> 12
      if generator.below(2) == 0 {
        fraction = fraction & ~ties | (0x20_0000 &+ UInt64(generator.below(3)) &- 1) & ties
      }
      let real = Double(
        sign: .plus, exponentBitPattern: UInt(1023 + exponent - 1), significandBitPattern: fraction)
      let exact = (UInt128(fraction) | 1 << 52) << 9
      var mantissa = (exact + (1 << 30)) >> 31
      var shift = Int32(exponent)
      if mantissa == 1 << 31 { (mantissa, shift) = (mantissa / 2, shift + 1) }
      #expect(
        FixedPointMultiplier(real)
          == FixedPointMultiplier(multiplier: Int32(mantissa), shift: shift))
    }
  }

  /// Both roundings in turn, for every shift that occurs; a left shift wraps.
  @Test func applyRoundsTwice() {
    var generator = SeededGenerator(seed: 4)
    for shift in -31...30 as ClosedRange<Int32> {
      for value in FixedPointTests.values {
        let multiplier = Int32(1 << 30) + Int32(generator.below(1 << 30))
        let shifted = Int32(truncatingIfNeeded: Int128(value) << max(shift, 0))
        let expected = FixedPointTests.divide(
          FixedPointTests.highMul(shifted, multiplier), max(-shift, 0))
        #expect(
          FixedPointMultiplier(multiplier: multiplier, shift: shift).apply(value) == expected)
      }
    }
  }

  /// ⌊multiplier · 2^extra / count⌋ in 128 bits, where `extra` makes up for the bits of `count` as far as the shift goes.
  @Test func divisionByACountIsExact() {
    for shift in -31...30 as ClosedRange<Int32> {
      for count in [1, 2, 3, 7, 8, 255, 3000, 1 << 20, (1 << 31) - 1] {
        let multiplier = FixedPointMultiplier(multiplier: 1_431_655_765, shift: shift)
        let bits = (0...32).last { 1 << $0 <= count } ?? 0
        let extra = min(bits, 31 + Int(shift))
        let exact = (Int128(1_431_655_765) << extra) / Int128(count)
        #expect(
          multiplier.divided(by: count)
            == FixedPointMultiplier(multiplier: Int32(exact), shift: shift - Int32(extra)))
      }
    }
  }

  /// The first rounding is at most half of 2^shift away, the second half of 1.
  @Test func applyIsNearTheRealProduct() {
    let real = 0.0123
    let multiplier = FixedPointMultiplier(real)
    #expect(multiplier.shift == -6)
    var worst = 0.0
    for value in stride(from: -200_000 as Int32, through: 200_000, by: 7) {
      worst = max(worst, abs(Double(multiplier.apply(value)) - Double(value) * real))
    }
    // Beyond one half: the two roundings are not one.
    #expect(worst > 0.505 && worst < 0.5 + 0.5 / 64 + 1e-6)
  }

  /// The loop over channels gives what `apply` gives for each, for every shift that occurs.
  @Test func channelMultipliersAreTheSame() {
    var generator = SeededGenerator(seed: 5)
    let channels = (-31...30 as ClosedRange<Int32>).map { shift in
      FixedPointMultiplier(
        multiplier: Int32(1 << 30) + Int32(generator.below(1 << 30)), shift: shift)
    }
    let range: ClosedRange<Int32> = -100...99
    let all = ChannelMultipliers(channels, zeroPoint: -7, range: range)
    #expect(all.count == channels.count)
    for value in FixedPointTests.values {
      let sums = [Int32](repeating: value, count: channels.count)
      var results = [Int8](repeating: 1, count: channels.count + 3)
      var span = results.mutableSpan
      all.rescale(sums.span, count: channels.count - 5, channel: 5, into: &span, at: 2)
      let expected = channels.dropFirst(5).map {
        Int8(FixedPoint.clamp($0.apply(value) &- 7, range.lowerBound, range.upperBound))
      }
      #expect(results == [1, 1] + expected + [1, 1, 1, 1, 1, 1])
    }
  }
}
