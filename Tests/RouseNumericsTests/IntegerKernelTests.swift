import RouseNumerics
import Testing

/// Sums of products against 128-bit arithmetic, for every remainder of the blocks that the kernels work in.
@Suite struct IntegerKernelTests {
  private static func int8s(_ count: Int, _ generator: inout SeededGenerator) -> [Int8] {
    (0..<count).map { _ in
      generator.below(4) == 0 ? -128 : Int8(truncatingIfNeeded: Int(generator.below(256)))
    }
  }

  /// Weights without their zero point reach from -255 to 255.
  private static func weights(_ count: Int, _ generator: inout SeededGenerator) -> [Int16] {
    (0..<count).map { _ in Int16(generator.below(511)) - 255 }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 40, 63, 64, 65, 73, 128, 200, 1023, 1024, 1025, 2500])
  func dotsAreExact(_ length: Int) {
    var generator = SeededGenerator(seed: UInt64(length) + 1)
    let (rows, row) = (5, length + 3)
    let x = Self.int8s(length, &generator)
    let w = Self.weights(rows * row, &generator)
    let start: [Int32] = [.max, .min, 0, -1, 12345, 77]
    var sums = start
    var span = sums.mutableSpan
    IntegerKernels.addDots(x.span, w.span, row: row, rows: rows, to: &span)
    for o in 0..<rows {
      let sum = (0..<length).reduce(Int128(start[o])) {
        $0 + Int128(x[$1]) * Int128(w[o * row + $1])
      }
      #expect(sums[o] == Int32(truncatingIfNeeded: sum))
    }
    #expect(sums[5] == 77)
  }

  @Test(arguments: [1, 3, 8, 15, 16, 17, 32, 48, 64])
  func columnsAreExact(_ channels: Int) {
    var generator = SeededGenerator(seed: UInt64(channels) + 100)
    let (taps, xRow, wRow) = (23, channels + 5, channels + 2)
    let x = Self.int8s(taps * xRow, &generator)
    let w = Self.weights(taps * wRow, &generator)
    let start = (0..<channels + 1).map { Int32.max - Int32($0) }
    var sums = start
    var span = sums.mutableSpan
    IntegerKernels.addColumns(
      x.span, row: xRow, w.span, row: wRow, taps: taps, channels: channels, to: &span)
    for k in 0..<channels {
      let sum = (0..<taps).reduce(Int128(start[k])) {
        $0 + Int128(x[$1 * xRow + k]) * Int128(w[$1 * wRow + k])
      }
      #expect(sums[k] == Int32(truncatingIfNeeded: sum))
    }
    #expect(sums[channels] == start[channels])
  }

  // MARK: - Whole layers

  /// Multipliers whose results fill int8, one for each channel.
  private static func multipliers(
    _ count: Int, _ generator: inout SeededGenerator
  ) -> [FixedPointMultiplier] {
    (0..<count).map { _ in FixedPointMultiplier(Double(generator.below(1000) + 1) / 1_000_000) }
  }

  private static func expected(
    _ sum: Int128, _ multiplier: FixedPointMultiplier, zeroPoint: Int32
  ) -> Int8 {
    let scaled = multiplier.apply(Int32(truncatingIfNeeded: sum)) &+ zeroPoint
    return Int8(max(-128, min(127, scaled)))
  }

  /// Fewer than a register of results, whole ones and a rest; rows longer than what is widened at a time.
  @Test(arguments: [1, 7, 8, 20, 64, 75], [1, 2, 39, 200, 1024, 1025, 2051])
  func denseLayersAreExact(_ results: Int, _ row: Int) throws {
    var generator = SeededGenerator(seed: UInt64(results * 10_000 + row))
    let (step, positions) = (row / 3 + 1, 3)
    let w = Self.weights(results * row, &generator)
    let bias = (0..<results).map { _ in Int32(generator.below(20_000)) - 10_000 }
    let channels = Self.multipliers(results, &generator)
    let all = ChannelMultipliers(channels, zeroPoint: -7, range: -128...127)
    // None on a processor without the kernels, where nothing uses them either.
    guard let layer = DenseLayer(w, row: row, bias: bias, all) else { return }
    let input = 5
    let output = input + (positions - 1) * step + row + 3
    var memory = Self.int8s(output + positions * results + 4, &generator)
    let before = memory
    var span = memory.mutableSpan
    layer.run(&span, from: input, step: step, positions: positions, to: output)
    for p in 0..<positions {
      for o in 0..<results {
        let sum = (0..<row).reduce(Int128(bias[o])) {
          $0 + Int128(before[input + p * step + $1]) * Int128(w[o * row + $1])
        }
        #expect(
          memory[output + p * results + o] == Self.expected(sum, channels[o], zeroPoint: -7))
      }
    }
    #expect(memory[..<output] == before[..<output])
    #expect(memory.suffix(4) == before.suffix(4))
  }

  @Test(arguments: [1, 15, 16, 17, 64, 70], [1, 2, 5, 23])
  func depthwiseLayersAreExact(_ count: Int, _ taps: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count * 100 + taps))
    let (step, row, positions) = (count + 1, count + 2, 4)
    let w = Self.weights(taps * count, &generator)
    let bias = (0..<count).map { _ in Int32(generator.below(20_000)) - 10_000 }
    let channels = Self.multipliers(count, &generator)
    let all = ChannelMultipliers(channels, zeroPoint: 11, range: -128...127)
    // None on a processor without the kernels, where nothing uses them either.
    guard let layer = DepthwiseLayer(w, taps: taps, bias: bias, all) else { return }
    let input = 3
    let output = input + (positions - 1) * step + (taps - 1) * row + count
    var memory = Self.int8s(output + positions * count + 4, &generator)
    let before = memory
    var span = memory.mutableSpan
    layer.run(&span, from: input, step: step, positions: positions, row: row, to: output)
    for p in 0..<positions {
      for c in 0..<count {
        let sum = (0..<taps).reduce(Int128(bias[c])) {
          $0 + Int128(before[input + p * step + $1 * row + c]) * Int128(w[$1 * count + c])
        }
        #expect(memory[output + p * count + c] == Self.expected(sum, channels[c], zeroPoint: 11))
      }
    }
    #expect(memory[..<output] == before[..<output])
    #expect(memory.suffix(4) == before.suffix(4))
  }
}
