/// What exporters compute at run time although it is known before: shapes, ends of slices, rearranged weights.
extension ONNXImportNode {
  func folded(_ operands: [ForeignOperand?]) throws(ImportReason) -> ForeignTensor? {
    if refusal != nil { return nil }
    switch operation {
    case "Constant": return try constantValue()
    case "Shape", "Size":
      guard let operand = operand(operands, 0), operand != .unknown else { return nil }
      let shape = operand.shape
      if operation == "Size" { return ForeignTensor([], .integers([shape.reduce(1, *)])) }
      let (start, end) = (try integer("start", 0), try integer("end", shape.count))
      func limited(_ value: Int) -> Int {
        max(0, min(value < 0 ? value + shape.count : value, shape.count))
      }
      return ForeignTensor(
        integers: Array(shape[limited(start)..<max(limited(start), limited(end))]))
    default: break
    }
    var constants: [ForeignTensor] = []
    for case .some(let operand) in operands {
      guard case .constant(let tensor) = operand else { return nil }
      constants.append(tensor)
    }
    guard let first = constants.first else { return nil }
    switch operation {
    case "Identity", "Dropout": return first
    case "Cast": return try cast(first)
    case "Add", "Sub", "Mul", "Div", "Equal":
      guard constants.count == 2 else { throw .missingOperand(what: "operand 1") }
      return try combined(first, constants[1])
    case "Neg", "Sqrt", "Reciprocal": return try mapped(first)
    case "Concat":
      return try Self.concatenated(
        constants, axis: try axis(try integer("axis", 0), rank: first.shape.count))
    case "ConstantOfShape":
      let fill = attributes["value"]
      guard let shape = first.integers, let count = ImportLimit.count(shape) else { return nil }
      if case .tensor(let tensor) = fill, tensor.values.count == 1 {
        return tensor.picked([Int](repeating: 0, count: count), shape)
      }
      return ForeignTensor(shape, .reals([Float](repeating: 0, count: count)))
    case "Range":
      guard constants.count == 3, let start = first.integers?.first,
        let limit = constants[1].integers?.first, let step = constants[2].integers?.first,
        step > 0, limit >= start, (limit &- start) / step < ImportLimit.elements,
        limit &- start >= 0
      else { throw .attribute(name: "limits", expected: "a short range", found: "another") }
      return ForeignTensor(integers: Array(stride(from: start, to: limit, by: step)))
    case "Gather", "Slice", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Flatten":
      return try moved(first, operands)
    case "Expand", "Where": return try broadcast(constants)
    default: return nil
    }
  }

  private func constantValue() throws(ImportReason) -> ForeignTensor {
    for key in attributes.keys.sorted() {
      switch attributes[key] {
      case .tensor(let tensor): return tensor
      case .integer(let value): return ForeignTensor([], .integers([value]))
      case .integers(let values): return ForeignTensor(integers: values)
      case .real(let value): return .scalar(value)
      case .reals(let values): return ForeignTensor([values.count], .reals(values))
      case .text, .other, nil: continue
      }
    }
    throw .missingOperand(what: "value")
  }

  private func cast(_ tensor: ForeignTensor) throws(ImportReason) -> ForeignTensor? {
    let isReal = [1, 10, 11].contains(try integer("to", 1))
    switch tensor.values {
    case .reals(let values) where !isReal:
      guard values.allSatisfy({ abs($0) < 0x1p62 }) else { return nil }
      return ForeignTensor(tensor.shape, .integers(values.map { Int($0) }))
    case .integers(let values) where isReal:
      return ForeignTensor(tensor.shape, .reals(values.map { Float($0) }))
    default: return tensor
    }
  }

  private func mapped(_ tensor: ForeignTensor) throws(ImportReason) -> ForeignTensor {
    switch tensor.values {
    case .integers(let values):
      try require("operator on integers", "Neg", operation)
      return ForeignTensor(tensor.shape, .integers(values.map { 0 &- $0 }))
    case .reals(let values):
      let body: (Float) -> Float =
        switch operation {
        case "Neg": { -$0 }
        case "Sqrt": { $0.squareRoot() }
        default: { 1 / $0 }
        }
      return ForeignTensor(tensor.shape, .reals(values.map(body)))
    }
  }

  // MARK: - Two operands

  private func combined(
    _ a: ForeignTensor, _ b: ForeignTensor
  ) throws(ImportReason) -> ForeignTensor {
    let shape = try Self.broadcastShape([a.shape, b.shape])
    let (left, right) = (a.repeated(to: shape), b.repeated(to: shape))
    switch (left.values, right.values) {
    case (.reals(let x), .reals(let y)):
      let values = zip(x, y).map { pair -> Float in
        switch operation {
        case "Add": pair.0 + pair.1
        case "Sub": pair.0 - pair.1
        case "Mul": pair.0 * pair.1
        case "Div": pair.0 / pair.1
        default: pair.0 == pair.1 ? 1 : 0
        }
      }
      if operation == "Equal" { return ForeignTensor(shape, .integers(values.map { Int($0) })) }
      return ForeignTensor(shape, .reals(values))
    case (.integers(let x), .integers(let y)):
      if operation == "Div", y.contains(where: { $0 == 0 || $0 == -1 }) {
        throw .attribute(name: "divisor", expected: "above 0", found: "0 or -1")
      }
      return ForeignTensor(
        shape,
        .integers(
          zip(x, y).map { pair in
            switch operation {
            case "Add": pair.0 &+ pair.1
            case "Sub": pair.0 &- pair.1
            case "Mul": pair.0 &* pair.1
            case "Div": pair.0 / pair.1
            default: pair.0 == pair.1 ? 1 : 0
            }
          }))
    default: throw .mismatch(what: "types", expected: "two of one type", found: "two types")
    }
  }

  private func broadcast(_ constants: [ForeignTensor]) throws(ImportReason) -> ForeignTensor? {
    if operation == "Expand" {
      guard constants.count == 2, let target = constants[1].integers else { return nil }
      let shape = try Self.broadcastShape([constants[0].shape, target])
      return constants[0].repeated(to: shape)
    }
    guard constants.count == 3, let choice = constants[0].integers else { return nil }
    let shape = try Self.broadcastShape(constants.map(\.shape))
    let (yes, no) = (constants[1].repeated(to: shape), constants[2].repeated(to: shape))
    let chosen = ForeignTensor(constants[0].shape, .integers(choice)).repeated(to: shape)
    guard let flags = chosen.integers else { return nil }
    switch (yes.values, no.values) {
    case (.reals(let a), .reals(let b)):
      return ForeignTensor(shape, .reals(flags.indices.map { flags[$0] != 0 ? a[$0] : b[$0] }))
    case (.integers(let a), .integers(let b)):
      return ForeignTensor(shape, .integers(flags.indices.map { flags[$0] != 0 ? a[$0] : b[$0] }))
    default: return nil
    }
  }

  static func broadcastShape(_ shapes: [[Int]]) throws(ImportReason) -> [Int] {
    let rank = shapes.map(\.count).max() ?? 0
    var result = [Int](repeating: 1, count: rank)
    for shape in shapes {
      for (axis, extent) in zip(rank - shape.count..<rank, shape) where extent != 1 {
        guard result[axis] == 1 || result[axis] == extent else {
          throw .mismatch(what: "shapes", expected: "\(result)", found: "\(shape)")
        }
        result[axis] = extent
      }
    }
    guard ImportLimit.count(result) != nil else {
      throw .mismatch(
        what: "elements", expected: "at most \(ImportLimit.elements)", found: "\(result)")
    }
    return result
  }

  // MARK: - Movement

  static func concatenated(
    _ parts: [ForeignTensor], axis: Int
  ) throws(ImportReason) -> ForeignTensor {
    var result = parts[0].transposed(axisFirst(parts[0].shape, axis))
    for part in parts.dropFirst() {
      guard part.shape.count == parts[0].shape.count else {
        throw .mismatch(what: "shapes", expected: "\(parts[0].shape)", found: "\(part.shape)")
      }
      let next = part.transposed(axisFirst(part.shape, axis))
      guard next.shape.dropFirst() == result.shape.dropFirst() else {
        throw .mismatch(what: "shapes", expected: "\(parts[0].shape)", found: "\(part.shape)")
      }
      let shape = [result.shape[0] + next.shape[0]] + result.shape.dropFirst()
      switch (result.values, next.values) {
      case (.reals(let a), .reals(let b)): result = ForeignTensor(shape, .reals(a + b))
      case (.integers(let a), .integers(let b)): result = ForeignTensor(shape, .integers(a + b))
      default: throw .mismatch(what: "types", expected: "two of one type", found: "two types")
      }
    }
    let order = axisFirst(parts[0].shape, axis)
    return result.transposed(order.indices.map { order.firstIndex(of: $0) ?? 0 })
  }

  private static func axisFirst(_ shape: [Int], _ axis: Int) -> [Int] {
    [axis] + shape.indices.filter { $0 != axis }
  }

  private func moved(
    _ tensor: ForeignTensor, _ operands: [ForeignOperand?]
  ) throws(ImportReason) -> ForeignTensor? {
    // Indices of a shape need not follow each other.
    if operation == "Gather", let indices = try list(operands, 1, "indices") {
      let axis = try axis(try integer("axis", 0), rank: tensor.shape.count)
      let extent = tensor.shape[axis]
      let places = indices.map { $0 < 0 ? $0 + extent : $0 }
      guard places.allSatisfy({ (0..<extent).contains($0) }) else {
        throw .attribute(
          name: "indices", expected: "below \(extent)", found: "\(indices.prefix(8))")
      }
      let inner = tensor.shape[(axis + 1)...].reduce(1, *)
      let outer = tensor.shape[..<axis].reduce(1, *)
      let picked = (0..<outer).flatMap { row in
        places.flatMap { place in (0..<inner).map { (row * extent + place) * inner + $0 } }
      }
      let shape = tensor.shape[..<axis] + (operands[1]?.shape ?? []) + tensor.shape[(axis + 1)...]
      guard ImportLimit.count(Array(shape)) == picked.count else { return nil }
      return tensor.picked(picked, Array(shape))
    }
    switch try movement(operands).operators[0] {
    case .reshape(let shape): return tensor.reshaped(shape)
    case .transpose(let order): return tensor.transposed(order)
    case .slice(let slices): return tensor.sliced(slices)
    default: return nil
    }
  }
}

extension ForeignTensor {
  /// Extents of 1 repeated, numpy's way.
  ///
  /// - Precondition: `shape` is what broadcasting allows.
  func repeated(to target: [Int]) -> ForeignTensor {
    let own = [Int](repeating: 1, count: target.count - shape.count) + shape
    let strides = Self.strides(own)
    var indices = [0]
    for axis in target.indices {
      indices = indices.flatMap { base in
        (0..<target[axis]).map { base + (own[axis] == 1 ? 0 : $0 * strides[axis]) }
      }
    }
    return picked(indices, target)
  }

  func sliced(_ slices: [AxisSlice]) -> ForeignTensor {
    var kept = shape.map { Array(0..<$0) }
    for slice in slices {
      kept[slice.axis] = (0..<slice.count).map { slice.begin + $0 * slice.step }
    }
    let strides = Self.strides(shape)
    var indices = [0]
    for (axis, places) in kept.enumerated() {
      indices = indices.flatMap { base in places.map { base + $0 * strides[axis] } }
    }
    let dropped = Set(slices.filter(\.drops).map(\.axis))
    return picked(
      indices, kept.indices.filter { !dropped.contains($0) }.map { kept[$0].count })
  }
}
