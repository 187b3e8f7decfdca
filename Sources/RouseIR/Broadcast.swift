import RouseNumerics

/// How two operands lie under their result when extents of 1 are repeated: numpy's broadcasting, axes aligned at the end.
///
/// The result is walked in runs over which the index of each operand advances by 0 or 1. Axis 0 is never part of a run, so
/// that a batch can be split. Nothing is allocated.
struct Broadcast: Sendable {
  /// TFLite Micro adds tensors of at most 6 dimensions.
  static let maximumRank = 6

  private struct Axis {
    var extent = 1
    var a = 0
    var b = 0
  }

  /// Elements of one run, and how far the operands advance with each.
  private(set) var length = 1
  private(set) var aStep = 0
  private(set) var bStep = 0
  private var batch = Axis()
  /// The axes between axis 0 and the run, innermost first.
  private var axes: [6 of Axis] = .init(repeating: Axis())
  private var axisCount = 0
  private var runsPerRow = 1

  /// The shape of the result.
  ///
  /// - Throws: for extents that differ and are not 1; `notModelled` for more dimensions than `maximumRank`.
  static func shape(op: String, _ a: Shape, _ b: Shape) throws(GraphError) -> Shape {
    let rank = max(a.rank, b.rank)
    for (name, shape) in [("a", a), ("b", b)] where shape.rank > maximumRank {
      throw .notModelled(
        .wrongRank(op: op, input: name, expected: maximumRank, found: shape))
    }
    var dimensions = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let (x, y) = (extent(a, axis, rank), extent(b, axis, rank))
      guard x == y || x == 1 || y == 1 else {
        throw .mismatch(
          op: op, what: "shape of b", expected: "\(a), or 1 where they differ", found: "\(b)")
      }
      dimensions[axis] = max(x, y)
    }
    return Shape(dimensions)
  }

  private static func extent(_ shape: Shape, _ axis: Int, _ rank: Int) -> Int {
    let own = axis - (rank - shape.rank)
    return own < 0 ? 1 : shape[own]
  }

  /// - Precondition: `result` is what `shape` makes of `a` and `b`.
  init(_ result: Shape, _ a: Shape, _ b: Shape) {
    precondition(result.rank <= Self.maximumRank, "too many dimensions")
    var (aCount, bCount) = (1, 1)
    var isRun = true
    for axis in stride(from: result.rank - 1, through: 0, by: -1) {
      let (x, y) = (Self.extent(a, axis, result.rank), Self.extent(b, axis, result.rank))
      let here = Axis(extent: result[axis], a: x == 1 ? 0 : aCount, b: y == 1 ? 0 : bCount)
      aCount *= x
      bCount *= y
      if axis == 0 {
        batch = here
      } else if here.extent == 1 {
        continue
      } else if isRun && length == 1 {
        (length, aStep, bStep) = (here.extent, here.a, here.b)
      } else if isRun, here.a == aStep * length, here.b == bStep * length {
        length *= here.extent
      } else {
        isRun = false
        axes[axisCount] = here
        axisCount += 1
        runsPerRow *= here.extent
      }
    }
  }

  /// Calls `body` with the first index of each run in the result and the operands, for rows of axis 0 of the result.
  @inline(__always)
  func forEachRun(rows: Range<Int>, _ body: (_ y: Int, _ a: Int, _ b: Int) -> Void) {
    var y = rows.lowerBound * runsPerRow * length
    for row in rows {
      for run in 0..<runsPerRow {
        var (a, b) = (row * batch.a, row * batch.b)
        var rest = run
        for axis in 0..<axisCount {
          let index = rest % axes[axis].extent
          rest /= axes[axis].extent
          a += index * axes[axis].a
          b += index * axes[axis].b
        }
        body(y, a, b)
        y += length
      }
    }
  }

  /// All rows of the result.
  var rows: Range<Int> { 0..<batch.extent }
}

// MARK: - Float

extension Broadcast {
  /// Floats for the gradients of operands that have no batch, one part for each shard: first those of `a`, at the end
  /// those of `b`.
  static func scratchCount(batch: Int, _ inputs: [Shape]) -> Int {
    Shards.count(batch: batch) * (inputs[0].count + inputs[1].count)
  }

  /// `y = clamp(function(a, b))`
  static func forward(
    _ step: ForwardStep, limits: ClosedRange<Float>,
    _ function: @Sendable (_ a: Float, _ b: Float) -> Float
  ) {
    let (a, b, y) = (step.inputs[0], step.inputs[1], step.outputs[0])
    let broadcast = Broadcast(y.shape, a.shape, b.shape)
    step.shards.forEach({ _, rows in
      broadcast.forEachRun(rows: rows) { yStart, aStart, bStart in
        for index in 0..<broadcast.length {
          let result = function(
            a[aStart + index * broadcast.aStep], b[bStart + index * broadcast.bStep])
          y[yStart + index] = min(max(result, limits.lowerBound), limits.upperBound)
        }
      }
    })
  }

  /// Sums `slopes(a, b) · dy` into the gradients of the operands, over all elements that share one.
  static func backward(
    _ step: BackwardStep, limits: ClosedRange<Float>,
    _ slopes: @Sendable (_ a: Float, _ b: Float) -> (a: Float, b: Float)
  ) {
    let (a, b, y) = (step.inputs[0], step.inputs[1], step.outputs[0])
    let dy = step.outputGradients[0]
    let broadcast = Broadcast(y.shape, a.shape, b.shape)
    let scratch = step.scratch
    let shards = step.shards.count
    let sinks = (
      Sink(a, step.inputGradients[0], result: y.shape, scratch, 0),
      Sink(b, step.inputGradients[1], result: y.shape, scratch, scratch.count - shards * b.count)
    )
    step.shards.forEach({ shard, rows in
      let (da, db) = (sinks.0?.cleared(shard, rows), sinks.1?.cleared(shard, rows))
      broadcast.forEachRun(rows: rows) { yStart, aStart, bStart in
        for index in 0..<broadcast.length {
          let result = y[yStart + index]
          guard result > limits.lowerBound, result < limits.upperBound else { continue }
          let (i, j) = (aStart + index * broadcast.aStep, bStart + index * broadcast.bStep)
          let slope = slopes(a[i], b[j])
          if let da { da.view[da.offset + i] += slope.a * dy[yStart + index] }
          if let db { db.view[db.offset + j] += slope.b * dy[yStart + index] }
        }
      }
    })
    sinks.0?.join(shards)
    sinks.1?.join(shards)
  }

  /// Where the gradient of an operand is summed: in place when it has a row for each row of the result, else in one part
  /// of the scratch for each shard.
  private struct Sink: Sendable {
    let gradient: FloatView
    let scratch: FloatView
    let offset: Int
    let hasRows: Bool

    init?(
      _ operand: FloatView, _ gradient: FloatView?, result: Shape, _ scratch: FloatView,
      _ offset: Int
    ) {
      guard let gradient else { return nil }
      self.gradient = gradient
      self.scratch = scratch
      self.offset = offset
      hasRows = operand.shape.rank == result.rank && operand.shape[0] == result[0]
    }

    /// The place to add to, set to 0 where this shard adds.
    func cleared(_ shard: Int, _ rows: Range<Int>) -> Place {
      if hasRows {
        let rowCount = gradient.shape.rowCount
        gradient.clear(from: rows.lowerBound * rowCount, count: rows.count * rowCount)
        return Place(gradient)
      }
      let start = offset + shard * gradient.count
      scratch.clear(from: start, count: gradient.count)
      return Place(scratch, start)
    }

    func join(_ shards: Int) {
      guard !hasRows else { return }
      FloatKernels.sumParts(
        Place(scratch, offset), parts: shards, count: gradient.count, into: Place(gradient))
    }
  }
}
