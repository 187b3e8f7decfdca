import RouseIR
import RouseNumerics

/// Operators that treat every element alike, with constants or with each other.
extension NetworkImporter {
  // MARK: - Constants

  /// Scales and shifts are kept with the placement: the next weights take them up, or those before.
  mutating func affine(
    _ scale: ForeignTensor?, _ shift: ForeignTensor?, _ x: Placement
  ) throws(ImportReason) -> Placement {
    var y = x
    let rank = max(scale?.shape.count ?? 0, shift?.shape.count ?? 0)
    if rank > x.axes.count {
      y.axes = [[Factor]](repeating: [], count: rank - x.axes.count) + x.axes
    }
    var next = Affine.identity(y.positions)
    if let scale { next.scale = try perPosition(scale, y) }
    if let shift { next.shift = try perPosition(shift, y) }
    let affine = (y.affine ?? .identity(y.positions)).followed(by: next)
    y.affine = affine
    if y.isExclusive, assembly.absorb(affine, into: y.value) { y.affine = nil }
    return y
  }

  /// A constant repeated over the elements of a row of `x`.
  ///
  /// - Throws: `dependsOnPosition` when it differs from row to row.
  private func perPosition(
    _ tensor: ForeignTensor, _ x: Placement
  ) throws(ImportReason) -> [Double] {
    let shape = [Int](repeating: 1, count: x.axes.count - tensor.shape.count) + tensor.shape
    for (axis, extent) in shape.enumerated() where extent != 1 && extent != x.shape[axis] {
      throw .mismatch(what: "shape of the constant", expected: "\(x.shape)", found: "\(shape)")
    }
    let strides = ForeignTensor.strides(shape)
    // How far the constant's elements are apart along each factor.
    var steps: [Factor: Int] = [:]
    for (axis, list) in x.axes.enumerated() where shape[axis] > 1 {
      var step = strides[axis]
      for factor in list.reversed() {
        steps[factor] = step
        step *= x.extent(factor)
      }
    }
    let values = tensor.reals ?? []
    guard !values.isEmpty else {
      throw .mismatch(what: "the constant", expected: "numbers", found: "none")
    }
    let (timeStep, widthStep, channelStep) = (
      steps[.time] ?? 0, steps[.width] ?? 0, steps[.channel] ?? 0
    )
    var result: [Double] = []
    for column in 0..<x.extent(.width) {
      for channel in 0..<x.extent(.channel) {
        let start = column * widthStep + channel * channelStep
        if timeStep > 0 {
          for row in 1..<max(2, x.extent(.time)) where row < x.extent(.time) {
            guard values[start + row * timeStep] == values[start] else {
              throw .dependsOnPosition
            }
          }
        }
        result.append(Double(values[start]))
      }
    }
    return result
  }

  // MARK: - Activations

  mutating func activated(
    _ activation: Activation, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    guard activation != .none else { return x }
    if x.affine != nil { return try settled(x, name, activation: activation) }
    if x.isExclusive, assembly.absorb(activation, into: x.value) { return x }
    // No operator of the firmware is an activation alone: adding 0 is.
    var y = x
    y.affine = .identity(x.positions)
    y.isExclusive = false
    return try settled(y, name, activation: activation)
  }

  // MARK: - Two operands

  /// `a` and `b` under each other, each foreign axis made of the same factors or repeated.
  mutating func combined(
    _ op: Op, _ operands: [Placement], _ name: String
  ) throws(ImportReason) -> Placement {
    guard operands.count == 2 else { throw .missingOperand(what: "operand 1") }
    var (a, b) = (try settled(operands[0], name), try settled(operands[1], name))
    let rank = max(a.axes.count, b.axes.count)
    a.axes = [[Factor]](repeating: [], count: rank - a.axes.count) + a.axes.map(a.present)
    b.axes = [[Factor]](repeating: [], count: rank - b.axes.count) + b.axes.map(b.present)
    if (a.rate == nil) != (b.rate == nil) || a.extent(.time) != b.extent(.time) {
      throw .mixesWindowIntoRows
    }
    try requireTogether(a, b)
    if a.rate != nil { (a, b) = (try natural(a, name), try natural(b, name)) }
    var y = a
    for axis in 0..<rank {
      let (one, other) = (a.axes[axis], b.axes[axis])
      guard one == other || one.isEmpty || other.isEmpty else {
        throw .movesElements(what: "combines operands of different layout")
      }
      y.axes[axis] = one.isEmpty ? other : one
    }
    guard y.axes.flatMap({ $0 }).count == Set(y.axes.flatMap { $0 }).count else {
      throw .movesElements(what: "combines operands of different layout")
    }
    y.value = try assembly.node(name, op, [a.value, b.value])[0]
    y.isExclusive = true
    for factor in Factor.allCases { y.extents[factor] = max(a.extent(factor), b.extent(factor)) }
    return y
  }

  mutating func difference(
    _ operands: [Placement], _ name: String
  ) throws(ImportReason) -> Placement {
    guard operands.count == 2 else { throw .missingOperand(what: "operand 1") }
    let negative = try affine(.scalar(-1), nil, operands[1])
    return try combined(.add(Add()), [operands[0], negative], name)
  }

  /// The form `[1, time, width, channels]`, which the input alone does not have.
  private mutating func natural(
    _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    assembly.shape(x.value).rank == 3 ? try image(x, width: [], channel: [.channel], name) : x
  }

  /// Operands that stand for the same rows of the input.
  func requireTogether(_ a: Placement, _ b: Placement) throws(ImportReason) {
    func words(_ x: Placement) -> String {
      "every \(x.rate ?? 0)th row, the last \(x.unusedRows) rows unused"
    }
    guard a.rate == b.rate, a.unusedRows == b.unusedRows else {
      throw .unequalRows(expected: words(a), found: words(b))
    }
  }

  // MARK: - Concatenation

  mutating func concatenated(
    _ operands: [Placement], _ axis: Int, _ name: String
  ) throws(ImportReason) -> Placement {
    if operands.count == 1 { return operands[0] }
    var parts: [Placement] = []
    for operand in operands {
      if let first = parts.first {
        guard operand.axes.count == first.axes.count else {
          throw .mismatch(
            what: "dimensions", expected: "\(first.axes.count)", found: "\(operand.axes.count)")
        }
        try requireTogether(first, operand)
      }
      let settled = try self.settled(operand, name)
      parts.append(settled.rate == nil ? settled : try natural(settled, name))
    }
    let lists = Set(parts.map { $0.present($0.axes[axis]) }.filter { !$0.isEmpty })
    let taken = Set(
      parts.flatMap { part in
        part.axes.indices.filter { $0 != axis }.flatMap { part.present(part.axes[$0]) }
      })
    let factor: Factor
    if let list = lists.first {
      guard lists.count == 1, list.count == 1 else {
        throw .movesElements(what: "joins operands of different layout")
      }
      factor = list[0]
    } else if let free = [Factor.channel, .width].first(where: { !taken.contains($0) }) {
      factor = free
    } else {
      throw .movesElements(what: "joins along an axis that nothing is left for")
    }
    guard factor != .time else { throw .treatsTimeAs("an axis to join along") }
    var y = parts[0]
    for part in parts {
      for other in part.axes.indices where other != axis {
        guard part.present(part.axes[other]) == y.present(y.axes[other]) else {
          throw .movesElements(what: "joins operands of different layout")
        }
      }
    }
    let rank = assembly.shape(y.value).rank
    y.value = try assembly.node(
      name, .concatenation(Concatenation(axis: rank == 2 ? 1 : factor.rawValue + 1)),
      parts.map(\.value), exclusive: parts.filter(\.isExclusive).map(\.value))[0]
    y.isExclusive = true
    y.extents[factor] = parts.reduce(0) { $0 + $1.extent(factor) }
    y.axes[axis] = [factor]
    return y
  }
}
