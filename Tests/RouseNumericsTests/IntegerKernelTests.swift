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
}
