import RouseNumerics
import Testing

/// Matrix products and float kernels against plain loops. The convolutions are tested with their operators.
@Suite struct FloatKernelTests {
  static func random(_ count: Int, _ seed: UInt64) -> FloatView {
    var generator = SeededGenerator(seed: seed)
    return FloatView((0..<count).map { _ in generator.uniform(-1, 1) }, shape: [count])
  }

  // MARK: - Matrix products

  @Test(arguments: [(3, 5, 7), (16, 1, 40), (1, 9, 4), (33, 17, 1), (1, 1, 12)])
  func productsOfAllTransposes(rows: Int, columns: Int, inner: Int) {
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      // Both start at an offset, so that a wrong one shows.
      let (a, b) = (Self.random(rows * inner + 3, 1), Self.random(inner * columns + 5, 2))
      let c = FloatView(zeros: [rows * columns + 2])
      let left = Matrix(
        a, offset: 3, rows: transposeA ? inner : rows, columns: transposeA ? rows : inner)
      let right = Matrix(
        b, offset: 5, rows: transposeB ? columns : inner, columns: transposeB ? inner : columns)
      BLAS.multiply(
        transposeA ? left.transposed : left, transposeB ? right.transposed : right,
        into: Matrix(c, offset: 1, rows: rows, columns: columns))
      for i in 0..<rows {
        for j in 0..<columns {
          var sum = 0.0
          for k in 0..<inner {
            let x = a[3 + (transposeA ? k * rows + i : i * inner + k)]
            let y = b[5 + (transposeB ? j * inner + k : k * columns + j)]
            sum += Double(x) * Double(y)
          }
          #expect(abs(Double(c[1 + i * columns + j]) - sum) < 1e-5)
        }
      }
      #expect(c[0] == 0 && c[rows * columns + 1] == 0)
    }
  }

  @Test func aCoreIsNamed() { #expect(!BLAS.coreName.isEmpty) }

  // MARK: - Windows

  static let windows: [Window] = [
    Window(
      height: WindowAxis(
        input: 11, output: 3, kernel: 5, stride: 3, dilation: 1, before: 0, after: 0),
      width: WindowAxis(
        input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0),
      channels: 4),
    Window(
      height: WindowAxis(
        input: 6, output: 3, kernel: 3, stride: 2, dilation: 2, before: 1, after: 2),
      width: WindowAxis(
        input: 5, output: 5, kernel: 2, stride: 1, dilation: 1, before: 0, after: 1),
      channels: 3),
  ]

  @Test(arguments: windows)
  func patchesAreTheWindows(window: Window) {
    let x = Self.random(2 * window.imageCount, 3)
    let patches = FloatView(zeros: [2 * window.positions * window.taps * window.channels])
    patches.fill(.nan)
    FloatKernels.gatherPatches(Place(x), into: Place(patches), batch: 2, window)
    var index = 0
    for image in 0..<2 {
      for i in 0..<window.height.output {
        for j in 0..<window.width.output {
          for u in 0..<window.height.kernel {
            for v in 0..<window.width.kernel {
              let row = window.height.start(i) + u * window.height.dilation
              let column = window.width.start(j) + v * window.width.dilation
              let isInside = window.height.taps(i).contains(u) && window.width.taps(j).contains(v)
              #expect(
                isInside
                  == ((0..<window.height.input).contains(row)
                    && (0..<window.width.input).contains(column)))
              for c in 0..<window.channels {
                let place = (row * window.width.input + column) * window.channels + c
                #expect(patches[index] == (isInside ? x[image * window.imageCount + place] : 0))
                index += 1
              }
            }
          }
        }
      }
    }
  }

  /// `⟨gather(x), p⟩ = ⟨x, scatter(p)⟩` for every unit vector `p`, which is exact in float32.
  @Test(arguments: windows)
  func scatterIsTheAdjoint(window: Window) {
    let x = Self.random(window.imageCount, 4)
    let count = window.positions * window.taps * window.channels
    let patches = FloatView(zeros: [count])
    FloatKernels.gatherPatches(Place(x), into: Place(patches), batch: 1, window)
    let unit = FloatView(zeros: [count])
    let back = FloatView(zeros: [window.imageCount])
    for index in 0..<count {
      unit[index] = 1
      back.fill(.nan)
      FloatKernels.scatterPatches(Place(unit), into: Place(back), batch: 1, window)
      let product = zip(x.values, back.values).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(product == patches[index])
      unit[index] = 0
    }
  }

  // MARK: - Elementwise

  @Test(arguments: [1, 3, 16, 17, 40])
  func columnSumsAddRows(channels: Int) {
    for rows in [1, 4, 7, 33] {
      let x = Self.random(rows * channels, 5)
      let sums = FloatView(zeros: [channels])
      FloatKernels.columnSums(Place(x), into: Place(sums), rows: rows, channels: channels)
      for c in 0..<channels {
        let exact = (0..<rows).reduce(0.0) { $0 + Double(x[$1 * channels + c]) }
        #expect(abs(Double(sums[c]) - exact) < 1e-5)
      }
    }
  }

  /// In float32, ((1 + 2^-24) + 2^-24) stays 1 while 1 + 2^-23 does not: the order is the one given.
  @Test func partsAreAddedInOrder() {
    let parts = FloatView([1, 2, 0x1p-24, 3, 0x1p-24, 4], shape: [6])
    let total = FloatView(zeros: [2])
    FloatKernels.sumParts(Place(parts), parts: 3, count: 2, into: Place(total))
    #expect(total.values == [1, 9])
  }

  @Test func biasIsAddedAndClamped() {
    let y = FloatView([-1, 2, 7, -3, 5, .nan], shape: [6])
    let bias = FloatView([0.5, 1, -2], shape: [3])
    FloatKernels.addBias(Place(bias), to: Place(y), rows: 2, channels: 3, limits: 0...6)
    #expect(y.values.prefix(5) == [0, 3, 5, 0, 6])
    // A model that diverged must not look healthy.
    #expect(y[5].isNaN)
    FloatKernels.addBias(nil, to: Place(y), rows: 1, channels: 5, limits: 0...4)
    #expect(y.values.prefix(5) == [0, 3, 4, 0, 4])
    FloatKernels.addBias(nil, to: Place(y), rows: 1, channels: 5, limits: .unlimited)
    #expect(y.values.prefix(5) == [0, 3, 4, 0, 4])
  }

  @Test func clampedResultsHaveNoGradient() {
    let y = FloatView([0, 0.5, 6, 3, 0], shape: [5])
    let dy = FloatView([1, 2, 3, 4, 5], shape: [5])
    let dz = FloatView(zeros: [5])
    FloatKernels.clampGradient(Place(y), Place(dy), into: Place(dz), count: 5, limits: 0...6)
    #expect(dz.values == [0, 2, 0, 4, 0])
    FloatKernels.clampGradient(
      Place(y), Place(dy), into: Place(dz), count: 5, limits: 0...Float.infinity)
    #expect(dz.values == [0, 2, 3, 4, 0])
  }
}
