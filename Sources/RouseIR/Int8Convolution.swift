import RouseNumerics

/// Results whose sums are kept at a time, in 256 bytes of stack.
private let tile = 64

/// Where the positions of a layer without padding lie in an image: `calls` times `positions`, each `step` further on.
private struct Positions {
  let calls: Int
  let callStep: Int
  let positions: Int
  let step: Int

  init(_ window: Window) {
    let (height, width) = (window.height, window.width)
    let down = height.stride * width.input * window.channels
    let isColumn = width.output == 1
    calls = isColumn ? 1 : height.output
    callStep = down
    positions = isColumn ? height.output : width.output
    step = isColumn ? down : width.stride * window.channels
  }
}

/// CONV_2D in integers, and FULLY_CONNECTED as a convolution of one position.
struct Int8Convolution: Int8Kernel {
  private let prepared: Int8Weights
  private let window: Window
  private let batch: Int
  private let results: Int
  /// Elements of the weights of one result.
  private let row: Int
  /// True when a window is one run of memory that is never padded.
  private let isOneRun: Bool
  /// `Σ w` over the channels of each tap, `[results, taps]`.
  private let tapSums: [Int32]
  private let foldedBias: [Int32]
  /// All positions at once; nil where windows are no runs of memory, or the processor has no such kernel.
  private let layer: DenseLayer?
  private let positions: Positions

  init(_ prepared: Int8Weights, _ window: Window, batch: Int, results: Int) {
    self.prepared = prepared
    self.window = window
    self.batch = batch
    self.results = results
    let (row, channels) = (window.taps * window.channels, window.channels)
    self.row = row
    let column =
      window.width.input == 1 && window.width.output == 1 && window.width.kernel == 1
      && window.height.dilation == 1 && window.height.before == 0 && window.height.after == 0
    isOneRun = column || window.taps == 1
    let weights = prepared.weights
    tapSums = stride(from: 0, to: weights.count, by: channels).map { start in
      weights[start..<start + channels].reduce(0) { $0 &+ Int32($1) }
    }
    foldedBias = prepared.foldedBias(
      stride(from: 0, to: weights.count, by: row).map { start in
        weights[start..<start + row].reduce(0) { $0 &+ Int32($1) }
      })
    positions = Positions(window)
    layer =
      isOneRun ? DenseLayer(weights, row: row, bias: foldedBias, prepared.multipliers) : nil
  }

  func run(_ memory: inout Int8Memory) {
    var arena = memory.arena.mutableSpan
    if let layer {
      for image in 0..<batch {
        for call in 0..<positions.calls {
          layer.run(
            &arena,
            from: prepared.input + image * window.imageCount + call * positions.callStep,
            step: positions.step, positions: positions.positions,
            to: prepared.output
              + (image * positions.calls + call) * positions.positions * results)
        }
      }
      return
    }
    var storage = InlineArray<64, Int32>(repeating: 0)
    var sums = storage.mutableSpan
    var y = prepared.output
    for image in 0..<batch {
      for i in 0..<window.height.output {
        for j in 0..<window.width.output {
          for first in stride(from: 0, to: results, by: tile) {
            let count = min(tile, results - first)
            add(arena.span, image, i, j, first, count, &sums)
            prepared.multipliers.rescale(
              sums.span, count: count, channel: first, into: &arena, at: y + first)
          }
          y += results
        }
      }
    }
  }

  /// The sums of `count` results at one position; padded taps are left out.
  @inline(__always)
  private func add(
    _ arena: borrowing Span<Int8>, _ image: Int, _ i: Int, _ j: Int, _ first: Int, _ count: Int,
    _ sums: inout MutableSpan<Int32>
  ) {
    let (height, width) = (window.height, window.width)
    let x = prepared.input + image * window.imageCount
    let weights = prepared.weights.span
    if isOneRun {
      for k in 0..<count { sums[k] = foldedBias[first + k] }
      let start = x + (i * height.stride * width.input + j * width.stride) * window.channels
      IntegerKernels.addDots(
        arena.extracting(start..<start + row), weights.extracting(droppingFirst: first * row),
        row: row, rows: count, to: &sums)
      return
    }
    let (rows, columns) = (height.taps(i), width.taps(j))
    start(rows, columns, first, count, &sums)
    // Neighbouring taps are neighbours in memory unless they are dilated.
    let run = width.dilation == 1 ? columns.count : 1
    for u in rows {
      for v in stride(from: columns.lowerBound, to: columns.upperBound, by: max(run, 1)) {
        let position =
          (height.start(i) + u * height.dilation) * width.input + width.start(j)
          + v * width.dilation
        let start = x + position * window.channels
        let tap = u * width.kernel + v
        IntegerKernels.addDots(
          arena.extracting(start..<start + run * window.channels),
          weights.extracting(droppingFirst: first * row + tap * window.channels),
          row: row, rows: count, to: &sums)
      }
    }
  }

  /// What the sums of a position start from: bias and the input zero point's share of the taps inside.
  private func start(
    _ rows: Range<Int>, _ columns: Range<Int>, _ first: Int, _ count: Int,
    _ sums: inout MutableSpan<Int32>
  ) {
    let isWhole = rows.count * columns.count == window.taps
    for k in 0..<count {
      var sum = isWhole ? foldedBias[first + k] : prepared.bias[first + k]
      if !isWhole {
        for u in rows {
          for v in columns {
            let tap = (first + k) * window.taps + u * window.width.kernel + v
            sum &-= prepared.inputZeroPoint &* tapSums[tap]
          }
        }
      }
      sums[k] = sum
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
  /// All positions at once; nil with padding, with more than a column of taps, or where the processor has no such kernel.
  private let layer: DepthwiseLayer?
  private let positions: Positions

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
    positions = Positions(window)
    let (height, width) = (window.height, window.width)
    let isPadded = height.before + height.after + width.before + width.after > 0
    layer =
      window.multiplier == 1 && width.kernel == 1 && !isPadded
      ? DepthwiseLayer(
        prepared.weights, taps: height.kernel, bias: foldedBias, prepared.multipliers) : nil
  }

  func run(_ memory: inout Int8Memory) {
    var arena = memory.arena.mutableSpan
    if let layer {
      let row = window.height.dilation * window.width.input * window.channels
      for image in 0..<batch {
        for call in 0..<positions.calls {
          layer.run(
            &arena,
            from: prepared.input + image * window.imageCount + call * positions.callStep,
            step: positions.step, positions: positions.positions, row: row,
            to: prepared.output
              + (image * positions.calls + call) * positions.positions * results)
        }
      }
      return
    }
    var storage = InlineArray<64, Int32>(repeating: 0)
    var sums = storage.mutableSpan
    var y = prepared.output
    for image in 0..<batch {
      for i in 0..<window.height.output {
        for j in 0..<window.width.output {
          for first in stride(from: 0, to: results, by: tile) {
            let count = min(tile, results - first)
            add(arena.span, image, i, j, first, count, &sums)
            prepared.multipliers.rescale(
              sums.span, count: count, channel: first, into: &arena, at: y + first)
          }
          y += results
        }
      }
    }
  }

  /// The sums of `count` results at one position; padded taps are left out.
  @inline(__always)
  private func add(
    _ arena: borrowing Span<Int8>, _ image: Int, _ i: Int, _ j: Int, _ first: Int, _ count: Int,
    _ sums: inout MutableSpan<Int32>
  ) {
    let (height, width) = (window.height, window.width)
    let (rows, columns) = (height.taps(i), width.taps(j))
    let isWhole = rows.count == height.kernel && columns.count == width.kernel
    let weights = prepared.weights.span
    for k in 0..<count { sums[k] = isWhole ? foldedBias[first + k] : prepared.bias[first + k] }
    for v in columns {
      let position =
        (image * height.input + height.start(i) + rows.lowerBound * height.dilation) * width.input
        + width.start(j) + v * width.dilation
      let x = prepared.input + position * window.channels
      let xRow = height.dilation * width.input * window.channels
      let w = (rows.lowerBound * width.kernel + v) * results + first
      let wRow = width.kernel * results
      if window.multiplier == 1 {
        IntegerKernels.addColumns(
          arena.extracting(droppingFirst: x + first), row: xRow,
          weights.extracting(droppingFirst: w), row: wRow, taps: rows.count, channels: count,
          to: &sums)
      } else {
        for u in 0..<rows.count {
          for k in 0..<count {
            let value = arena[x + u * xRow + (first + k) / window.multiplier]
            sums[k] &+= Int32(value) &* Int32(weights[w + u * wRow + k])
          }
        }
      }
      if !isWhole {
        for u in 0..<rows.count {
          for k in 0..<count {
            sums[k] &-= prepared.inputZeroPoint &* Int32(weights[w + u * wRow + k])
          }
        }
      }
    }
  }
}
