import RouseNumerics

/// `y[i…] = x[begin + i·stride…]`, with TFLite's masks: bit `a` of `beginMask` or `endMask` means the whole range of
/// axis `a`, of `shrinkAxisMask` that axis `a` is dropped.
///
/// Negative indices count from the end of an axis; indices outside it are limited to it. Where networks train, axis 0 is
/// taken whole: it is the batch.
public struct StridedSlice: TrainableOperator, DeployableOperator {
  public static let name = "strided_slice"
  public var begin: [Int]
  public var end: [Int]
  public var strides: [Int]
  public var beginMask: Int
  public var endMask: Int
  public var shrinkAxisMask: Int

  public init(
    begin: [Int], end: [Int], strides: [Int], beginMask: Int = 0, endMask: Int = 0,
    shrinkAxisMask: Int = 0
  ) {
    self.begin = begin
    self.end = end
    self.strides = strides
    self.beginMask = beginMask
    self.endMask = endMask
    self.shrinkAxisMask = shrinkAxisMask
  }

  public var attributes: [(key: String, value: String)] {
    func list(_ values: [Int]) -> String { values.map(String.init).joined(separator: "x") }
    return [
      ("begin", list(begin)), ("end", list(end)), ("strides", list(strides)),
      ("beginMask", "\(beginMask)"), ("endMask", "\(endMask)"),
      ("shrinkAxisMask", "\(shrinkAxisMask)"),
    ]
  }
  public init(attributes: AttributeReader) throws(GraphError) {
    begin = try attributes.ints("begin")
    end = try attributes.ints("end")
    strides = try attributes.ints("strides")
    beginMask = try attributes.int("beginMask")
    endMask = try attributes.int("endMask")
    shrinkAxisMask = try attributes.int("shrinkAxisMask")
  }

  // MARK: - Shape

  /// The elements that are taken along one axis: `first + i·stride`, `i` in `0..<count`.
  private struct AxisRange {
    var first: Int
    var stride: Int
    var count: Int
  }

  /// The elements taken along `axis`, which has `extent` elements.
  ///
  /// - Source: TFLite `kernels/internal/strided_slice_logic.h`, `StartForAxis` and `StopForAxis`.
  private func range(axis: Int, extent: Int) -> AxisRange {
    let stride = strides[axis]
    let (low, high) = stride > 0 ? (0, extent) : (-1, extent - 1)
    func limit(_ index: Int) -> Int {
      min(max(index < 0 ? index + extent : index, low), high)
    }
    var first = limit(begin[axis])
    if beginMask & (1 << axis) != 0 { first = stride > 0 ? 0 : extent - 1 }
    if shrinkAxisMask & (1 << axis) != 0 {
      return AxisRange(first: first, stride: 1, count: (0..<extent).contains(first) ? 1 : 0)
    }
    var last = limit(end[axis])
    if endMask & (1 << axis) != 0 { last = stride > 0 ? extent : -1 }
    let span = stride > 0 ? last - first : first - last
    let count = span <= 0 ? 0 : (span - 1) / Int(clamping: stride.magnitude) + 1
    return AxisRange(first: first, stride: count > 1 ? stride : 1, count: count)
  }

  public func outputShapes(
    _ inputs: [Shape], _ variables: [Variable]
  ) throws(GraphError) -> [Shape] {
    try Self.requireInputs(1, inputs)
    let shape = inputs[0]
    // TFLite Micro slices at most 4 dimensions (`kMaxDim`).
    guard (1...4).contains(shape.rank) else {
      throw .wrongRank(op: Self.name, input: "input", expected: 4, found: shape)
    }
    for (what, values) in [("begin", begin), ("end", end), ("strides", strides)] {
      try Self.requireEqual("length of \(what)", expected: shape.rank, found: values.count)
    }
    var dimensions: [Int] = []
    for axis in 0..<shape.rank {
      let isDropped = shrinkAxisMask & (1 << axis) != 0
      guard isDropped ? strides[axis] > 0 : strides[axis] != 0 else {
        throw .mismatch(
          op: Self.name, what: "stride of axis \(axis)",
          expected: isDropped ? "positive where the axis is dropped" : "not 0",
          found: "\(strides[axis])")
      }
      let count = range(axis: axis, extent: shape[axis]).count
      guard count > 0 else {
        throw .mismatch(
          op: Self.name, what: "axis \(axis)", expected: "at least one element of \(shape[axis])",
          found: "none")
      }
      if !isDropped { dimensions.append(count) }
    }
    return [Shape(dimensions)]
  }

  private func drops(_ axis: Int) -> Bool { shrinkAxisMask & (1 << axis) != 0 }

  /// True when axis 0 is taken whole and forwards.
  func keepsBatch(_ input: Shape) -> Bool {
    !drops(0) && batch(input[0], results: range(axis: 0, extent: input[0]).count).stride > 0
      && range(axis: 0, extent: input[0]).count == input[0]
  }

  /// The rows taken along axis 0. As many results as rows are the whole batch, whatever indices the graph states for a
  /// batch of 1.
  private func batch(_ extent: Int, results: Int) -> AxisRange {
    if !drops(0), strides[0] > 0, results == extent {
      return AxisRange(first: 0, stride: 1, count: extent)
    }
    return range(axis: 0, extent: extent)
  }

  // MARK: - Time

  public func timeDependence(
    _ inputs: [Shape], _ outputs: [Shape]
  ) throws(GraphError) -> TimeDependence {
    guard inputs[0].rank > 2 else { return .timeless }
    let rows = inputs[0][1]
    guard outputs[0].rank == inputs[0].rank, strides[1] == 1, keepsBatch(inputs[0]) else {
      throw .cannotStream(node: Self.name, reason: "it does not keep the time axis row by row")
    }
    let first = beginMask & 2 != 0 ? 0 : begin[1] < 0 ? begin[1] + rows : begin[1]
    guard outputs[0][1] == rows - first else {
      throw .cannotStream(node: Self.name, reason: "it drops rows at the end of time")
    }
    return first == 0 ? .sameRow : .dropsLeading(rows: first)
  }

  // MARK: - Float

  /// Calls `body` with the moves that bring the taken elements into the given rows of the result.
  ///
  /// Trailing axes that are taken whole form one block; the others, at most three, fill the last slots of `axes`.
  ///
  /// - Parameter batch: what is taken along axis 0.
  private func forEachMove(
    _ input: Shape, _ batch: AxisRange, rows: Range<Int>, _ body: (StridedMove) -> Void
  ) {
    var axes: [4 of AxisRange] = .init(repeating: AxisRange(first: 0, stride: 1, count: 1))
    var steps: [4 of Int] = .init(repeating: 0)
    var block = 1
    var slot = 3
    for axis in stride(from: input.rank - 1, to: 0, by: -1) {
      let taken = range(axis: axis, extent: input[axis])
      if slot == 3, taken.stride == 1, taken.count == input[axis] {
        block *= input[axis]
        continue
      }
      axes[slot] = taken
      steps[slot] = input.dimensions[(axis + 1)...].reduce(1, *)
      slot -= 1
    }
    let rowCount = input.rowCount
    var target = rows.lowerBound * axes[1].count * axes[2].count * axes[3].count * block
    let inner = axes[3]
    for row in rows {
      for i in 0..<axes[1].count {
        for j in 0..<axes[2].count {
          let source =
            (batch.first + row * batch.stride) * rowCount + (axes[1].first + i * axes[1].stride)
            * steps[1]
            + (axes[2].first + j * axes[2].stride) * steps[2] + inner.first * steps[3]
          body(
            inner.stride == 1
              ? StridedMove(source: source, target: target, length: inner.count * block)
              : StridedMove(
                source: source, sourceStride: inner.stride * steps[3], target: target,
                targetStride: block, length: block, count: inner.count))
          target += inner.count * block
        }
      }
    }
  }

  public func forward(_ step: ForwardStep) {
    let (x, y) = (step.inputs[0], step.outputs[0])
    let batch = batch(x.shape[0], results: drops(0) ? 1 : y.shape[0])
    let isWhole = keepsRows(batch, x.shape)
    step.shards.forEach({ shard, rows in
      guard isWhole || shard == 0 else { return }
      forEachMove(x.shape, batch, rows: isWhole ? rows : 0..<batch.count) { y.copy($0, from: x) }
    })
  }

  /// Elements that were not taken get the gradient 0.
  public func backward(_ step: BackwardStep) {
    guard let dx = step.inputGradients[0] else { return }
    let dy = step.outputGradients[0]
    let rowCount = dx.shape.rowCount
    let batch = batch(dx.shape[0], results: drops(0) ? 1 : dy.shape[0])
    let isWhole = keepsRows(batch, dx.shape)
    step.shards.forEach({ shard, rows in
      guard isWhole || shard == 0 else { return }
      let cleared = isWhole ? rows : 0..<dx.shape[0]
      dx.clear(from: cleared.lowerBound * rowCount, count: cleared.count * rowCount)
      forEachMove(dx.shape, batch, rows: isWhole ? rows : 0..<batch.count) {
        dx.copy($0.reversed, from: dy)
      }
    })
  }

  /// True when the rows of the result are those of the input, so that they may be split among shards.
  private func keepsRows(_ batch: AxisRange, _ input: Shape) -> Bool {
    !drops(0) && batch.first == 0 && batch.stride == 1 && batch.count == input[0]
  }

  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { 0 }

  // MARK: - Cost

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(copiedBytes: outputs[0].count)
  }

  // MARK: - Quantization

  public func quantizationRule(inputCount: Int) -> QuantizationRule {
    QuantizationRule(inputs: [.activation], result: .sameAsInputs)
  }

  // MARK: - Int8

  /// - Throws: for types other than int8 and int32, which TFLite Micro's `strided_slice.cc` refuses at the first inference.
  public func int8Kernel(_ node: Int8Node) throws(GraphError) -> any Int8Kernel {
    let element = node.inputTypes[0].element
    try Self.requireElement(node.inputTypes[0], "input", .int8, .int32)
    try Self.requireElement(node.outputTypes[0], "result", element)
    let shape = node.inputTypes[0].shape
    try checkResult(op: Self.name, node, try outputShapes([shape], []))
    let batch = range(axis: 0, extent: shape[0])
    var steps: [Int8CopyKernel.Step] = []
    forEachMove(shape, batch, rows: 0..<batch.count) { move in
      steps.append(
        Int8CopyKernel.Step(
          from: .init(node.inputs[0]), to: .arena(offset: node.outputs[0]),
          move.bytes(of: element)))
    }
    return Int8CopyKernel(steps)
  }

  // MARK: - TFLite

  public func tflite(_ inputs: [TensorType], _ outputs: [TensorType]) -> TFLiteFragment {
    TFLiteFragment(
      .stridedSlice, version: 2,
      options: .stridedSlice(
        beginMask: Int32(truncatingIfNeeded: beginMask),
        endMask: Int32(truncatingIfNeeded: endMask), ellipsisMask: 0, newAxisMask: 0,
        shrinkAxisMask: Int32(truncatingIfNeeded: shrinkAxisMask)),
      operands: [
        .input(0), .attribute(begin.map { Int32(clamping: $0) }, isScalar: false),
        .attribute(end.map { Int32(clamping: $0) }, isScalar: false),
        .attribute(strides.map { Int32(clamping: $0) }, isScalar: false),
      ])
  }

  /// - Throws: `notModelled` for an ellipsis or a new axis, which TFLite Micro ignores without a word.
  public init(tflite: TFLiteSource) throws(GraphError) {
    try Self.requireOperands(4, tflite)
    guard
      case .stridedSlice(let beginMask, let endMask, let ellipsis, let newAxis, let shrink) =
        tflite.options
    else {
      throw .mismatch(
        op: Self.name, what: "options", expected: "StridedSliceOptions", found: "none")
    }
    for (what, mask) in [("ellipsis mask", ellipsis), ("new axis mask", newAxis)]
    where mask != 0 {
      throw .notModelled(.mismatch(op: Self.name, what: what, expected: "0", found: "\(mask)"))
    }
    self.beginMask = Int(beginMask)
    self.endMask = Int(endMask)
    shrinkAxisMask = Int(shrink)
    begin = try Self.requireInts(tflite, 1, "begin")
    end = try Self.requireInts(tflite, 2, "end")
    strides = try Self.requireInts(tflite, 3, "strides")
  }

  // MARK: - ONNX

  /// Slice with resolved ranges along the axes that are not taken whole, then Squeeze for dropped axes.
  public func onnx(_ inputs: [Shape], _ outputs: [Shape]) -> ONNXFragment {
    let shape = inputs[0]
    var starts: [Int64] = []
    var ends: [Int64] = []
    var axes: [Int64] = []
    var steps: [Int64] = []
    var dropped: [Int64] = []
    for axis in 0..<shape.rank {
      let taken = range(axis: axis, extent: shape[axis])
      if shrinkAxisMask & (1 << axis) != 0 { dropped.append(Int64(axis)) }
      if taken.first == 0, taken.stride == 1, taken.count == shape[axis] { continue }
      let last = taken.first + (taken.count - 1) * taken.stride
      starts.append(Int64(taken.first))
      // An end before element 0 must not read as an index from the end of the axis.
      ends.append(
        taken.stride > 0 ? Int64(last) + 1 : last == 0 ? Int64(Int32.min) : Int64(last) - 1)
      axes.append(Int64(ONNXFragment.axis(axis, rank: shape.rank)))
      steps.append(Int64(taken.stride))
    }
    var nodes: [ONNXNode] = []
    var current = ONNXOperand.input(0)
    let isLast = dropped.isEmpty
    if !axes.isEmpty {
      let result = isLast ? ONNXOperand.output(0) : .local("sliced")
      nodes.append(
        ONNXNode(
          "Slice",
          inputs: [current, .int64s(starts), .int64s(ends), .int64s(axes), .int64s(steps)],
          outputs: [result]))
      current = result
    }
    if isLast {
      return nodes.isEmpty
        ? ONNXFragment([ONNXNode("Identity", inputs: [current], outputs: [.output(0)])])
        : ONNXFragment(nodes)
    }
    if shape.rank == 4 {
      nodes.append(
        ONNXNode(
          "Transpose", inputs: [current], outputs: [.local("channels_last")],
          attributes: ["perm": .ints([0, 2, 3, 1])]))
      current = .local("channels_last")
    }
    nodes.append(
      ONNXNode("Squeeze", inputs: [current, .int64s(dropped)], outputs: [.output(0)]))
    return ONNXFragment(nodes)
  }
}
