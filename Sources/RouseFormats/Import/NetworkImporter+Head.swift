import RouseIR
import RouseNumerics

/// The end of a network: one probability, whatever the file ends with.
extension NetworkImporter {
  mutating func logistic(_ x: Placement, _ name: String) throws(ImportReason) -> Placement {
    var y = try settled(x, name)
    if y.shape.allSatisfy({ $0 == 1 }) { y = try scalar(y, name) }
    y.value = try assembly.node(name, .logistic(Logistic()), [y.value])[0]
    y.isExclusive = true
    return y
  }

  /// Two classes [no, yes]: the second one's probability is the logistic function of the difference.
  mutating func softmax(
    _ axis: Int, _ x: Placement, _ name: String
  ) throws(ImportReason) -> Placement {
    let others = x.axes.indices.filter { $0 != axis && !x.present(x.axes[$0]).isEmpty }
    guard others.isEmpty, x.shape[axis] == 2 else {
      throw others.contains { x.axes[$0].contains(.time) }
        ? .attention : .output(found: "a softmax over \(x.shape[axis]) classes")
    }
    notes.append(.foldedTwoClasses)
    var y = try logistic(try secondClass(x, axis, name), name)
    y.axes = x.axes.map { _ in [] }
    y.classAxis = axis
    return y
  }

  /// Nothing may be computed from two probabilities but the choice of the second.
  func chooseClass(
    _ operation: ForeignOperator, _ x: Placement
  ) throws(ImportReason) -> Placement {
    var y = x
    switch operation {
    case .identity: return x
    case .slice(let slices):
      for slice in slices where slice.axis == x.classAxis {
        guard slice.begin == 1, slice.count == 1 else {
          throw .output(found: "the probability of the first of two classes")
        }
        y.classAxis = nil
      }
      let dropped = Set(slices.filter(\.drops).map(\.axis))
      y.axes = y.axes.indices.filter { !dropped.contains($0) }.map { y.axes[$0] }
      return y
    case .reshape(let shape) where shape.filter({ $0 != 1 }) == [2]:
      y.axes = shape.map { _ in [] }
      y.classAxis = shape.firstIndex(of: 2)
      return y
    default: throw .output(found: "two classes that something else is computed from")
    }
  }

  /// The logit of the second of two classes against the first.
  private mutating func secondClass(
    _ x: Placement, _ axis: Int, _ name: String
  ) throws(ImportReason) -> Placement {
    var y = try settled(x, name)
    if !(y.isExclusive && assembly.takeDifference(y.value)) {
      y = try dense(
        ForeignDense(weights: ForeignTensor([1, 2], .reals([-1, 1])), bias: nil, axis: axis), y,
        "\(name)/difference")
    }
    y.extents = [.channel: 1]
    y.axes = x.axes.map { _ in [] }
    y.rate = nil
    return y
  }

  /// One element as `[1, 1]`.
  private mutating func scalar(_ x: Placement, _ name: String) throws(ImportReason) -> Placement {
    var y = x
    if assembly.shape(x.value) != [1, 1] {
      y.value = try assembly.node(
        "\(name)/scalar", .reshape(Reshape(shape: [1, 1])), [x.value])[0]
      y.isExclusive = true
    }
    y.extents = [:]
    y.rate = nil
    return y
  }

  // MARK: - Output

  /// Makes `placement` the graph's output, `[1, 1]` and behind a logistic function.
  mutating func end(_ placement: Placement, _ name: String) throws(ImportReason) {
    var x = placement
    guard x.trimmedRows == 0 else { throw .padsTime(before: 0, after: x.trimmedRows) }
    var isProbability = false
    if case .logistic? = assembly.producer(x.value)?.op {
      // A second logistic function would make another probability of it.
      guard x.affine == nil else { throw .output(found: "a probability that is scaled or shifted") }
      isProbability = true
      if assembly.shape(x.value) != [1, 1], let last = assembly.removeLast(making: x.value) {
        // Rows and dimensions are dropped before the logistic function, which then ends the graph.
        x.value = last.inputs[0]
        isProbability = false
      }
    } else {
      x = try settled(x, name)
      notes.append(.addedLogistic)
    }
    if x.extent(.time) > 1, x.rate != nil, x.axis(of: .time) != nil {
      notes.append(.tookNewestRow(of: x.extent(.time)))
      x = try dropOldest(x.extent(.time) - 1, x, name)
    }
    let shape = x.shape
    if x.positions == 2, !isProbability, let axis = shape.firstIndex(of: 2) {
      notes.append(.foldedTwoClasses)
      x = try secondClass(x, axis, name)
    }
    guard x.positions == 1 else { throw .output(found: "\(placement.shape)") }
    x = try scalar(x, name)
    if !isProbability {
      x.value = try assembly.node("\(name)/probability", .logistic(Logistic()), [x.value])[0]
    }
    assembly.setOutput(x.value)
    if x.unusedRows > 0 { notes.append(.unusedRows(x.unusedRows)) }
  }
}
