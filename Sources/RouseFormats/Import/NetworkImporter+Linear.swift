import RouseIR
import RouseNumerics

/// Convolutions, dense layers and pools: what has weights or windows.
extension NetworkImporter {
  // MARK: - Layout

  /// The same elements as `[1, time, width, channels]` with these foreign axes as width and channels, by a reshape
  /// where one is needed.
  ///
  /// - Throws: `movesElements` when the elements would change their order.
  mutating func image(
    _ x: Placement, width: [Factor], channel: [Factor], _ name: String
  ) throws(ImportReason) -> Placement {
    let (width, channel) = (x.present(width), x.present(channel))
    if width.contains(.time) || channel.contains(.time) { throw .treatsTimeAs("channels") }
    let order = x.present([.width, .channel])
    let isInOrder = width + channel == order
    guard isInOrder || width.isEmpty && Set(channel) == Set(order) else {
      throw .movesElements(what: "exchanges the feature axis and the channels")
    }
    let (columns, channels) = (x.extent(of: width), x.extent(of: channel))
    let target: Shape = [1, x.extent(.time), columns, channels]
    var y = x
    if assembly.shape(x.value) != target {
      y.value = try assembly.node(
        "\(name)/image", .reshape(Reshape(shape: target.dimensions)), [x.value],
        exclusive: x.isExclusive ? [x.value] : [])[0]
      y.isExclusive = true
    }
    y.extents = [.time: x.extent(.time), .width: columns, .channel: channels]
    var axes: [[Factor]] = []
    for list in x.axes.map(x.present) {
      if list.isEmpty || list == [.time] {
        axes.append(list)
      } else if list == width || list == channel {
        axes.append(list == width ? [.width] : [.channel])
      } else {
        throw .movesElements(what: "takes the feature axis and the channels apart")
      }
    }
    y.axes = axes
    return y
  }

  /// Applies what is pending, in the weights before where that is possible.
  mutating func settled(
    _ x: Placement, _ name: String, activation: Activation = .none
  ) throws(ImportReason) -> Placement {
    guard let affine = x.affine else { return x }
    var y = x
    y.affine = nil
    if x.isExclusive, assembly.absorb(affine, into: x.value) {
      return activation == .none ? y : try activated(activation, y, name)
    }
    // Without a time axis of its own a constant serves every row.
    let shape: Shape =
      x.extent(.width) > 1 ? [x.extent(.width), x.extent(.channel)] : [x.extent(.channel)]
    func operand(_ values: [Double], _ suffix: String) -> ValueID {
      let first = values[0]
      if values.allSatisfy({ $0 == first }) {
        return assembly.constant("\(name)/\(suffix)", [Float(first)], [1])
      }
      return assembly.constant("\(name)/\(suffix)", values.map { Float($0) }, shape)
    }
    if affine.hasScale {
      let isLast = !affine.hasShift
      y.value = try assembly.node(
        "\(name)/scaled", .mul(Mul(activation: isLast ? activation : .none)),
        [y.value, operand(affine.scale, "scale")])[0]
    }
    if affine.hasShift || !affine.hasScale {
      y.value = try assembly.node(
        "\(name)/shifted", .add(Add(activation: activation)),
        [y.value, operand(affine.shift, "shift")])[0]
    }
    y.isExclusive = true
    return y
  }

  // MARK: - Convolution

  mutating func convolution(
    _ convolution: ForeignConvolution, _ x: Placement, _ name: String,
    trimmed: (axis: Int, count: Int, of: Int)?
  ) throws(ImportReason) -> Placement {
    let spatial = convolution.spatialAxes
    let channelList = x.present(x.axes[convolution.channelAxis])
    if channelList.contains(.time) { throw .treatsTimeAs("channels of a convolution") }
    let timeAt = spatial.firstIndex { x.axes[$0].contains(.time) }
    guard x.rate != nil else { return try pointwise(convolution, x, name) }
    // Where time has one row only, any axis of extent 1 may be it.
    let time = timeAt ?? spatial.firstIndex { x.present(x.axes[$0]).isEmpty }
    guard let time else { throw .treatsTimeAs("neither channels nor an axis to slide over") }
    if timeAt == nil, x.extent(.time) > 1 { throw .treatsTimeAs("an axis of other meaning") }
    guard x.axes[spatial[time]].count <= 1 else {
      throw .movesElements(what: "slides over time and features as one axis")
    }
    let width = spatial.indices.first { $0 != time }
    var y = try image(
      x, width: width.map { x.axes[spatial[$0]] } ?? [], channel: channelList, name)
    let order = x.fileOrder(channelList)

    if convolution.groups > 1, order != Array(0..<order.count) {
      throw .movesElements(what: "divides channels into groups that the features are part of")
    }
    let span = convolution.span(time)
    let stride = convolution.strides[time]
    let before = convolution.before[time]
    var after = convolution.after[time]
    var trimmedRows = 0
    if after > 0, stride == 1, let trimmed, trimmed.axis == spatial[time] {
      trimmedRows = min(after, trimmed.count)
      after -= trimmedRows
    }
    guard after == 0 else {
      throw .padsTime(before: convolution.before[time], after: convolution.after[time])
    }
    let (left, right) = (
      width.map { convolution.before[$0] } ?? 0, width.map { convolution.after[$0] } ?? 0
    )
    let isPadded = before + left + right > 0
    var convolution = convolution
    // A window of which only one fits has no stride; a stream would wait for its rows.
    if y.extent(.time) + before - span < stride { convolution.strides[time] = 1 }
    let kernel = KernelPlan(
      convolution, time: time, width: width, channels: y.extent(.channel), order: order)
    if let affine = y.affine,
      affine.perChannel(y.extent(.channel)) == nil || isPadded && affine.hasShift
    {
      y = try settled(y, name)
    }
    if before > 0 {
      y = try zeros(y, .time, before: before, after: 0, "\(name)/past")
      notes.append(.causalPadding(rows: before))
    }
    if left + right > 0 { y = try zeros(y, .width, before: left, after: right, "\(name)/sides") }

    var (weights, bias) = (kernel.weights, kernel.bias)
    if let affine = y.affine?.perChannel(y.extent(.channel)) {
      kernel.fold(affine, into: &weights, &bias)
    }
    y.affine = nil
    let results = try kernels(kernel, y, weights, bias, name)
    var z = y
    z.value = results
    z.isExclusive = true
    let shape = assembly.shape(results)
    z.extents = [.time: shape[1], .width: shape[2], .channel: shape[3]]
    z.axes = x.axes.map { _ in [] }
    z.axes[convolution.channelAxis] = z.present([.channel])
    z.axes[spatial[time]] = z.present([.time])
    if let width { z.axes[spatial[width]] = z.present([.width]) }
    advance(&z, rows: y.extent(.time), span: span, stride: stride)
    z.trimmedRows = trimmedRows
    return z
  }

  /// Counts the rows that a window of `span` rows leaves over at the end.
  private func advance(_ z: inout Placement, rows: Int, span: Int, stride: Int) {
    guard let rate = z.rate else { return }
    let results = z.extent(.time)
    z.unusedRows += (rows - (results - 1) * stride - span) * rate
    z.rate = results == 1 ? rate : rate * stride
  }

  /// One convolution, a depthwise one, or one for each group between a split and a concatenation.
  private mutating func kernels(
    _ kernel: KernelPlan, _ x: Placement, _ weights: [Float], _ bias: [Float], _ name: String
  ) throws(ImportReason) -> ValueID {
    let groups = kernel.groups
    func constants(_ suffix: String, _ group: Int) -> [ValueID] {
      let part = kernel.shape.count / (kernel.isDepthwise ? 1 : groups)
      let outputs = kernel.outputs / (kernel.isDepthwise ? 1 : groups)
      var shape = kernel.shape
      if !kernel.isDepthwise { shape[0] = outputs }
      return [
        assembly.constant(
          "\(name)/weights\(suffix)", Array(weights[group * part..<(group + 1) * part]), shape),
        assembly.constant(
          "\(name)/bias\(suffix)", Array(bias[group * outputs..<(group + 1) * outputs]), [outputs]),
      ]
    }
    let exclusive = x.isExclusive ? [x.value] : []
    if kernel.isDepthwise {
      return try assembly.node(
        name, .depthwiseConv2D(kernel.depthwise), [x.value] + constants("", 0),
        exclusive: exclusive)[0]
    }
    if groups == 1 {
      return try assembly.node(
        name, .conv2D(kernel.convolution), [x.value] + constants("", 0), exclusive: exclusive)[0]
    }
    guard groups <= KernelPlan.mostGroups else {
      throw .attribute(
        name: "group", expected: "1 to \(KernelPlan.mostGroups), or one for each channel",
        found: "\(groups)")
    }
    let sizes = [Int](repeating: x.extent(.channel) / groups, count: groups)
    let parts = try assembly.node(
      "\(name)/groups", .splitV(SplitV(sizes: sizes, axis: 3)), [x.value], exclusive: exclusive)
    var results: [ValueID] = []
    for (group, part) in parts.enumerated() {
      results += try assembly.node(
        "\(name)/group\(group)", .conv2D(kernel.convolution),
        [part] + constants("\(group)", group), exclusive: [part])
    }
    return try assembly.node(
      name, .concatenation(Concatenation(axis: 3)), results, exclusive: results)[0]
  }

  /// A convolution behind the last operator that knows of time: its kernel has one element, so it is a dense layer.
  private mutating func pointwise(
    _ convolution: ForeignConvolution, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    let others = x.axes.indices.filter { $0 != convolution.channelAxis }
    guard convolution.weights.shape.dropFirst(2).allSatisfy({ $0 == 1 }), convolution.groups == 1,
      others.allSatisfy({ x.present(x.axes[$0]).isEmpty }),
      (convolution.before + convolution.after).allSatisfy({ $0 == 0 })
    else { throw .movesElements(what: "slides over what is left when time has been consumed") }
    return try dense(
      ForeignDense(
        weights: convolution.weights.reshaped(Array(convolution.weights.shape.prefix(2))),
        bias: convolution.bias, axis: convolution.channelAxis), x, name)
  }

  // MARK: - Dense

  mutating func dense(
    _ dense: ForeignDense, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    let list = x.present(x.axes[dense.axis])
    let others = x.axes.indices.filter { $0 != dense.axis && !x.present(x.axes[$0]).isEmpty }
    let outputs = dense.weights.shape[0]
    if !others.isEmpty {
      // One dense layer for each row is a convolution of one row.
      guard !list.contains(.time) else { throw .treatsTimeAs("features of a dense layer") }
      guard let time = others.first(where: { x.axes[$0] == [.time] }), others.count <= 2 else {
        throw .movesElements(what: "mixes an axis that is not the innermost")
      }
      let width = others.first { $0 != time }
      let kernel = [outputs, dense.weights.shape[1], 1] + (width == nil ? [] : [1])
      let ones = [Int](repeating: 1, count: kernel.count - 2)
      return try convolution(
        ForeignConvolution(
          weights: dense.weights.reshaped(kernel), bias: dense.bias, channelAxis: dense.axis,
          spatialAxes: [time] + (width.map { [$0] } ?? []), strides: ones, dilations: ones,
          before: ones.map { _ in 0 }, after: ones.map { _ in 0 }, groups: 1),
        x, name, trimmed: nil)
    }
    let order = x.fileOrder(list)
    let features = order.count
    let w = dense.weights.reals ?? []
    var weights = [Double](repeating: 0, count: outputs * features)
    var bias = (0..<outputs).map { Double(dense.bias?[$0] ?? 0) }
    let positions = x.positions
    for output in 0..<outputs {
      for (place, source) in order.enumerated() {
        let value = Double(w[output * features + source])
        let affine = x.affine
        weights[output * features + place] = value * (affine?.scale[place % positions] ?? 1)
        bias[output] += value * (affine?.shift[place % positions] ?? 0)
      }
    }
    var y = x
    y.affine = nil
    if assembly.shape(x.value).rank != 2 {
      y.value = try assembly.node(
        "\(name)/flat", .reshape(Reshape(shape: [1, features])), [x.value],
        exclusive: x.isExclusive ? [x.value] : [])[0]
    }
    y.value = try assembly.node(
      name, .fullyConnected(FullyConnected()),
      [
        y.value,
        assembly.constant("\(name)/weights", weights.map { Float($0) }, [outputs, features]),
        assembly.constant("\(name)/bias", bias.map { Float($0) }, [outputs]),
      ])[0]
    y.isExclusive = true
    y.rate = nil
    y.extents = [.channel: outputs]
    y.axes = x.axes.map { _ in [] }
    y.axes[dense.axis] = y.present([.channel])
    return y
  }

  // MARK: - Pools

  mutating func pool(
    _ pool: ForeignPool, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    let x = try settled(x, name)
    let spatial = pool.spatialAxes
    guard let time = spatial.firstIndex(where: { x.axes[$0] == [.time] }) else {
      throw .treatsTimeAs("no axis of a pool")
    }
    let width = spatial.indices.first { $0 != time }
    let channels = x.axes.indices.filter { !spatial.contains($0) }.flatMap { x.axes[$0] }
    let y = try image(x, width: width.map { x.axes[spatial[$0]] } ?? [], channel: channels, name)
    let (filterH, filterW) = (pool.kernel[time], width.map { pool.kernel[$0] } ?? 1)
    let isOne = y.extent(.time) - filterH < pool.strides[time]
    let (strideH, strideW) = (
      isOne ? 1 : pool.strides[time], width.map { pool.strides[$0] } ?? 1
    )
    let op: Op =
      pool.reduction == .mean
      ? .averagePool2D(
        AveragePool2D(filterH: filterH, filterW: filterW, strideH: strideH, strideW: strideW))
      : .maxPool2D(
        MaxPool2D(filterH: filterH, filterW: filterW, strideH: strideH, strideW: strideW))
    var z = y
    z.value = try assembly.node(name, op, [y.value])[0]
    z.isExclusive = true
    let shape = assembly.shape(z.value)
    z.extents = [.time: shape[1], .width: shape[2], .channel: shape[3]]
    for axis in z.axes.indices { z.axes[axis] = z.present(z.axes[axis]) }
    advance(&z, rows: y.extent(.time), span: filterH, stride: strideH)
    return z
  }

  mutating func reduced(
    _ reduction: ForeignOperator.Reduction, _ axes: [Int], _ keep: Bool, _ x: Placement,
    _ name: String
  ) throws(ImportReason) -> Placement {
    let factors = Set(axes.flatMap { x.present(x.axes[$0]) })
    var y = try settled(x, name)
    if !factors.isEmpty { y = try reducedValue(reduction, factors, y, name) }
    for axis in axes { y.axes[axis] = [] }
    if !keep { y.axes = y.axes.indices.filter { !axes.contains($0) }.map { y.axes[$0] } }
    return y
  }

  private mutating func reducedValue(
    _ reduction: ForeignOperator.Reduction, _ factors: Set<Factor>, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    var y = x
    y.isExclusive = true
    let rank = assembly.shape(x.value).rank
    if rank > 2, factors.contains(.time), reduction == .mean,
      factors.contains(.width) || x.extent(.width) == 1, !factors.contains(.channel)
    {
      // A mean over all rows that ends in `[1, channels]` is the form that firmware runs fastest.
      y.value = try assembly.node(name, .mean(Mean(axes: Array(1..<rank - 1))), [x.value])[0]
      y.rate = nil
      y.extents = [.channel: x.extent(.channel)]
      return y
    }
    if rank == 3 { y = try image(y, width: [], channel: [.channel], name) }
    let op: Op
    if reduction == .mean {
      let map: [Factor: Int] = rank == 2 ? [.channel: 1] : [.time: 1, .width: 2, .channel: 3]
      op = .mean(
        Mean(axes: factors.compactMap { map[$0] }.sorted(), keepDimensions: true))
    } else {
      guard rank > 2, !factors.contains(.channel) else {
        throw .movesElements(what: "takes the largest of the channels")
      }
      op = .maxPool2D(
        MaxPool2D(
          filterH: factors.contains(.time) ? y.extent(.time) : 1,
          filterW: factors.contains(.width) ? y.extent(.width) : 1, strideH: 1, strideW: 1))
    }
    y.value = try assembly.node(name, op, [y.value])[0]
    for factor in factors { y.extents[factor] = 1 }
    return y
  }
}
