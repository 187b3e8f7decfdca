import RouseIR
import RouseNumerics

/// Which axes of a network's input are time and features.
struct TimeReading: Hashable, Sendable {
  /// With all extents known.
  var shape: [Int]
  var time: Int
  var features: Int
}

/// Walks a foreign network once, in order, and builds the graph of what it understands.
///
/// What it does not understand becomes a problem; operators that depend on it are passed over, except that those of a
/// kind that is always refused are reported too. So one run names everything that has to change.
struct NetworkImporter {
  let network: ForeignNetwork
  let reading: TimeReading
  var assembly: GraphAssembly
  private(set) var problems: [ImportProblem] = []
  var notes: [ImportNote] = []
  private var constants: [String: ForeignTensor]
  private var placements: [String: Placement] = [:]
  /// How often each name is read, the network's outputs included.
  private var readers: [String: Int] = [:]
  private var nodesByInput: [String: [Int]] = [:]

  init(_ network: ForeignNetwork, _ reading: TimeReading) {
    self.network = network
    self.reading = reading
    constants = network.constants
    assembly = GraphAssembly(name: network.name)
    for (index, node) in network.nodes.enumerated() {
      for name in node.inputs where !name.isEmpty {
        readers[name, default: 0] += 1
        nodesByInput[name, default: []].append(index)
      }
    }
    for name in network.outputs { readers[name, default: 0] += 1 }
    foldConstants()
  }

  /// Constants that nodes make of constants, wherever those stand: `trimmedRows` looks ahead.
  private mutating func foldConstants() {
    for node in network.nodes {
      let operands = node.inputs.map {
        $0.isEmpty ? nil : constants[$0].map(ForeignOperand.constant)
      }
      guard let name = node.outputs.first,
        zip(node.inputs, operands).allSatisfy({ $0.isEmpty || $1 != nil }),
        // What cannot be folded is reported when the walk comes to it.
        let tensor = try? node.folded(operands)
      else { continue }
      constants[name] = tensor
    }
  }

  /// The graph, when there are no problems.
  mutating func run() -> Graph? {
    let input = network.inputs[0]
    let rows = reading.shape[reading.time]
    let features = reading.shape[reading.features]
    var axes = reading.shape.map { _ in [Factor]() }
    axes[reading.time] = rows > 1 ? [.time] : []
    axes[reading.features] = [.channel]
    let value = assembly.input(input.name, [1, rows, features])
    placements[input.name] = Placement(
      value: value, axes: axes, extents: [.time: rows, .channel: features], isExclusive: false,
      rate: 1, unusedRows: 0)
    for index in network.nodes.indices { step(index) }
    finish()
    return problems.isEmpty ? assembly.graph : nil
  }

  // MARK: - One node

  private func operand(_ name: String) -> ForeignOperand? {
    if name.isEmpty { return nil }
    if let tensor = constants[name] { return .constant(tensor) }
    return placements[name].map { .activation(shape: $0.shape) } ?? .unknown
  }

  private mutating func step(_ index: Int) {
    let node = network.nodes[index]
    let operands = node.inputs.map(operand)
    if let reason = node.refusal {
      note(reason, at: index)
      return
    }
    do throws(ImportReason) {
      if let tensor = try node.folded(operands) {
        guard let name = node.outputs.first else { return }
        constants[name] = tensor
        return
      }
      // Whatever made an unknown operand has been reported.
      if operands.contains(.unknown) { return }
      let results = try apply(try node.meaning(operands), of: node, index)
      for (name, result) in zip(node.outputs, results) where !name.isEmpty {
        placements[name] = result
      }
    } catch {
      note(error, at: index)
    }
  }

  private mutating func note(_ reason: ImportReason, at index: Int) {
    let node = network.nodes[index]
    problems.append(
      ImportProblem(
        position: index, operation: node.operation, name: node.name, reason: reason))
  }

  private mutating func apply(
    _ meaning: ForeignMeaning, of node: any ForeignNode, _ index: Int
  ) throws(ImportReason) -> [Placement] {
    var current: [Placement] = []
    for operand in meaning.operands {
      guard node.inputs.indices.contains(operand), var placement = placements[node.inputs[operand]]
      else { throw .notConstant(what: "operand \(operand)") }
      placement.isExclusive = placement.isExclusive && readers[node.inputs[operand]] == 1
      current.append(placement)
    }
    let name = node.outputs.first ?? node.name
    for operation in meaning.operators {
      current = try apply(operation, to: current, name, node)
    }
    return current
  }

  private mutating func apply(
    _ operation: ForeignOperator, to operands: [Placement], _ name: String, _ node: any ForeignNode
  ) throws(ImportReason) -> [Placement] {
    guard let x = operands.first else { throw .missingOperand(what: "operand 0") }
    if operands.contains(where: { $0.classAxis != nil }) {
      return [try chooseClass(operation, x)]
    }
    if x.trimmedRows > 0 {
      guard case .slice = operation else {
        throw .padsTime(before: 0, after: x.trimmedRows)
      }
    }
    switch operation {
    case .convolution(let convolution):
      return [try self.convolution(convolution, x, name, trimmed: trimmedRows(behind: node))]
    case .pool(let pool): return [try self.pool(pool, x, name)]
    case .dense(let dense): return [try self.dense(dense, x, name)]
    case .affine(let scale, let shift): return [try affine(scale, shift, x)]
    case .add: return [try combined(.add(Add()), operands, name)]
    case .subtract: return [try difference(operands, name)]
    case .multiply: return [try combined(.mul(Mul()), operands, name)]
    case .activation(let activation): return [try activated(activation, x, name)]
    case .logistic: return [try logistic(x, name)]
    case .softmax(let axis): return [try softmax(axis, x, name)]
    case .reduce(let reduction, let axes, let keep):
      return [try reduced(reduction, axes, keep, x, name)]
    case .concatenate(let axis): return [try concatenated(operands, axis, name)]
    case .split(let axis, let sizes): return try split(x, axis, sizes, name)
    case .slice(let slices): return [try sliced(x, slices, name)]
    case .pad(let before, let after): return [try padded(x, before, after, name)]
    case .reshape(let shape): return [try reshaped(x, shape)]
    case .transpose(let order):
      var y = x
      y.axes = order.map { x.axes[$0] }
      return [y]
    case .identity: return operands
    }
  }

  /// Rows at the end of time that a slice right behind `node` takes away: a convolution padded on both sides and then
  /// cut is a causal one.
  private func trimmedRows(behind node: any ForeignNode) -> (axis: Int, count: Int, of: Int)? {
    guard let output = node.outputs.first, readers[output] == 1,
      let index = nodesByInput[output]?.first
    else { return nil }
    let next = network.nodes[index]
    guard next.inputs.first == output, next.operation == "Slice" else { return nil }
    var operands = next.inputs.map(operand)
    // Only the ends count; a shape that is long enough for any resolves them.
    let length = Int(Int32.max)
    let rank = placements[node.inputs.first ?? ""]?.axes.count ?? 0
    operands[0] = .activation(shape: [Int](repeating: length, count: rank))
    guard case .slice(let slices)? = try? next.meaning(operands).operators.first,
      slices.count == 1, slices[0].begin == 0, slices[0].step == 1
    else { return nil }
    return (slices[0].axis, length - slices[0].count, length)
  }

  // MARK: - Result

  private mutating func finish() {
    guard problems.isEmpty else { return }
    let name = network.outputs[0]
    do throws(ImportReason) {
      guard let placement = placements[name] else {
        throw .output(found: "`\(name)`, which does not depend on the input")
      }
      try end(placement, name)
    } catch {
      problems.append(
        ImportProblem(position: nil, operation: "", name: name, reason: error))
    }
  }
}
