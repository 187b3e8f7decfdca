import RouseNumerics

/// CONV_2D in integers, and FULLY_CONNECTED as a convolution of one position.
struct Int8Convolution: Int8Kernel {
  private let prepared: Int8Weights
  private let window: Window
  private let batch: Int
  private let results: Int
  /// Elements of the longest run of a window that is contiguous in input and weights.
  private let run: Int
  /// True when that run is the whole window and no window is padded.
  private let isOneRun: Bool
  /// `Σ w` of each run, `[results, runs of a window]`.
  private let runSums: [Int32]
  private let foldedBias: [Int32]

  init(_ prepared: Int8Weights, _ window: Window, batch: Int, results: Int) {
    self.prepared = prepared
    self.window = window
    self.batch = batch
    self.results = results
    let column =
      window.width.input == 1 && window.width.output == 1 && window.width.kernel == 1
      && window.height.dilation == 1 && window.height.before == 0 && window.height.after == 0
    isOneRun = column || window.taps == 1
    let run = isOneRun ? window.taps * window.channels : window.channels
    self.run = run
    let weights = prepared.weights
    runSums = stride(from: 0, to: weights.count, by: run).map { start in
      weights[start..<start + run].reduce(0) { $0 &+ Int32($1) }
    }
    foldedBias = prepared.foldedBias(isOneRun ? runSums : prepared.bias.map { _ in 0 })
  }

  func run(_ memory: inout Int8Memory) {
    var arena = memory.arena.mutableSpan
    if isOneRun { runWhole(&arena) } else { runTaps(&arena) }
  }

  /// One dot product for each result.
  private func runWhole(_ arena: inout MutableSpan<Int8>) {
    let (height, width) = (window.height, window.width)
    let weights = prepared.weights.span
    var y = prepared.output
    for image in 0..<batch {
      for i in 0..<height.output {
        for j in 0..<width.output {
          let position = (i * height.stride * width.input) + j * width.stride
          let start = prepared.input + image * window.imageCount + position * window.channels
          for o in 0..<results {
            let sum = int8Dot(
              arena.span.extracting(start..<start + run),
              weights.extracting(o * run..<o * run + run))
            arena[y + o] = prepared.result(sum &+ foldedBias[o], o)
          }
          y += results
        }
      }
    }
  }

  /// One dot product for each result and tap; padded taps are left out.
  private func runTaps(_ arena: inout MutableSpan<Int8>) {
    let (height, width) = (window.height, window.width)
    let weights = prepared.weights.span
    var y = prepared.output
    for image in 0..<batch {
      for i in 0..<height.output {
        for j in 0..<width.output {
          let (rows, columns) = (height.taps(i), width.taps(j))
          for o in 0..<results {
            var sum = prepared.bias[o]
            for u in rows {
              for v in columns {
                let row = height.start(i) + u * height.dilation
                let column = width.start(j) + v * width.dilation
                let x = prepared.input + image * window.imageCount
                let start = x + (row * width.input + column) * run
                let tap = o * window.taps + u * width.kernel + v
                let product = int8Dot(
                  arena.span.extracting(start..<start + run),
                  weights.extracting(tap * run..<tap * run + run))
                sum &+= product &- prepared.inputZeroPoint &* runSums[tap]
              }
            }
            arena[y + o] = prepared.result(sum, o)
          }
          y += results
        }
      }
    }
  }
}

/// DEPTHWISE_CONV_2D in integers.
struct Int8DepthwiseConvolution: Int8Kernel {
  private let prepared: Int8Weights
  private let window: Window
  private let batch: Int
  private let results: Int
  private let foldedBias: [Int32]
  /// Results that are summed at a time, in 256 bytes of stack.
  private static let tile = 64

  init(_ prepared: Int8Weights, _ window: Window, batch: Int, results: Int) {
    self.prepared = prepared
    self.window = window
    self.batch = batch
    self.results = results
    var sums = [Int32](repeating: 0, count: results)
    for (index, weight) in prepared.weights.enumerated() {
      sums[index % results] &+= Int32(weight)
    }
    foldedBias = prepared.foldedBias(sums)
  }

  func run(_ memory: inout Int8Memory) {
    var arena = memory.arena.mutableSpan
    var storage = InlineArray<64, Int32>(repeating: 0)
    var y = prepared.output
    for image in 0..<batch {
      for i in 0..<window.height.output {
        for j in 0..<window.width.output {
          for first in stride(from: 0, to: results, by: Self.tile) {
            let count = min(Self.tile, results - first)
            var sums = storage.mutableSpan
            add(arena.span, image, i, j, first..<first + count, &sums)
            for k in 0..<count {
              arena[y + first + k] = prepared.result(sums[k], first + k)
            }
          }
          y += results
        }
      }
    }
  }

  /// The sums of the results in `channels` at one position; padded taps are left out.
  @inline(__always)
  private func add(
    _ arena: borrowing Span<Int8>, _ image: Int, _ i: Int, _ j: Int, _ channels: Range<Int>,
    _ sums: inout MutableSpan<Int32>
  ) {
    let (height, width) = (window.height, window.width)
    let (rows, columns) = (height.taps(i), width.taps(j))
    let isWhole = rows.count == height.kernel && columns.count == width.kernel
    let first = channels.lowerBound
    let count = channels.count
    let weights = prepared.weights.span
    let zeroPoint = prepared.inputZeroPoint
    for k in 0..<count { sums[k] = isWhole ? foldedBias[first + k] : prepared.bias[first + k] }
    for u in rows {
      for v in columns {
        let row = height.start(i) + u * height.dilation
        let column = width.start(j) + v * width.dilation
        let position = (image * height.input + row) * width.input + column
        let start = prepared.input + position * window.channels
        let tap = (u * width.kernel + v) * results + first
        let w = weights.extracting(tap..<tap + count)
        if window.multiplier == 1 {
          let x = arena.extracting(start + first..<start + first + count)
          for k in 0..<count { sums[k] &+= Int32(x[k]) &* Int32(w[k]) }
        } else {
          let x = arena.extracting(start..<start + window.channels)
          for k in 0..<count {
            sums[k] &+= Int32(x[(first + k) / window.multiplier]) &* Int32(w[k])
          }
        }
        if !isWhole {
          for k in 0..<count { sums[k] &-= zeroPoint &* Int32(w[k]) }
        }
      }
    }
  }
}
