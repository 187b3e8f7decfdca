import RouseIR
import RouseNumerics

/// The graph that an import builds, and what may still be changed in it: weights take up scales and shifts that come
/// behind them, and operators the activation.
struct GraphAssembly {
  private(set) var graph: Graph
  private var names: Set<String> = []
  private var producers: [ValueID: Int] = [:]
  /// Values that one node reads and nothing else ever will.
  private var soleReader: Set<ValueID> = []

  init(name: String) { graph = Graph(name: Self.readable(name)) }

  func shape(_ id: ValueID) -> Shape { graph[id].type.shape }

  // MARK: - Building

  mutating func input(_ name: String, _ shape: Shape) -> ValueID {
    let id = add(Value(name: unique(name), type: TensorType(shape)))
    graph.inputs.append(id)
    return id
  }

  mutating func constant(_ name: String, _ values: [Float], _ shape: Shape) -> ValueID {
    add(Value(name: unique(name), type: TensorType(shape), constant: .float32(values)))
  }

  /// - Parameter exclusive: inputs that nothing else reads.
  /// - Throws: what the operator refuses about its shapes, and when it cannot run one step at a time.
  mutating func node(
    _ name: String, _ op: Op, _ inputs: [ValueID], exclusive: [ValueID] = []
  ) throws(ImportReason) -> [ValueID] {
    let shapes = inputs.map(shape)
    let results: [Shape]
    do {
      results = try op.definition.outputShapes(shapes, graph.variables)
      _ = try op.definition.timeDependence(shapes, results)
    } catch {
      throw .refused(error)
    }
    for shape in results where shape.count > ImportLimit.elements {
      throw .mismatch(
        what: "elements of a result", expected: "at most \(ImportLimit.elements)",
        found: "\(shape)")
    }
    let ids = results.map { shape in
      add(Value(name: unique(name), type: TensorType(shape)))
    }
    for id in ids { producers[id] = graph.nodes.count }
    soleReader.formUnion(exclusive)
    graph.nodes.append(Node(op, inputs: inputs, outputs: ids))
    return ids
  }

  mutating func setOutput(_ id: ValueID) { graph.outputs = [id] }

  /// The node that makes `id`.
  func producer(_ id: ValueID) -> Node? { producers[id].map { graph.nodes[$0] } }

  /// Takes the last node away when it makes `id`, and returns it.
  mutating func removeLast(making id: ValueID) -> Node? {
    guard let index = producers[id], index == graph.nodes.count - 1,
      graph.nodes[index].outputs == [id]
    else { return nil }
    producers[id] = nil
    return graph.nodes.removeLast()
  }

  private mutating func add(_ value: Value) -> ValueID {
    graph.values.append(value)
    return ValueID(graph.values.count - 1)
  }

  // MARK: - Names

  /// A name of the file in the letters that `GraphText` needs no quotes for.
  static func readable(_ name: String) -> String {
    let allowed = name.utf8.prefix(longestName).map { byte -> Character in
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || "_./:;-".unicodeScalars.contains(scalar)
      return isPlain ? Character(scalar) : "_"
    }
    return allowed.isEmpty ? "model" : String(allowed)
  }

  private static let longestName = 120

  private mutating func unique(_ name: String) -> String {
    let base = Self.readable(name)
    var result = base
    var number = 2
    while !names.insert(result).inserted {
      result = "\(base):\(number)"
      number += 1
    }
    return result
  }

  // MARK: - Absorbing

  /// Makes the operators before `id` compute `id · scale + shift`, by their weights; false when they cannot.
  ///
  /// - Parameter affine: for every position of a row of `id`.
  /// - Precondition: nothing else reads `id`.
  mutating func absorb(_ affine: Affine, into id: ValueID) -> Bool {
    guard canAbsorb(affine, into: id), let index = producers[id] else { return false }
    let node = graph.nodes[index]
    if case .concatenation = node.op {
      var start = 0
      for input in node.inputs {
        let channels = lastExtent(input)
        _ = absorb(affine.slice(start..<start + channels), into: input)
        start += channels
      }
      return true
    }
    let channels = lastExtent(id)
    guard let affine = affine.perChannel(channels) else { return false }
    let weights = node.inputs[1]
    let shape = self.shape(weights)
    // Channels of the results are the outermost axis of all weights but depthwise ones.
    let inner = shape.rank == 4 && isDepthwise(node) ? 1 : shape.count / channels
    graph[weights].constant = .float32(
      graph[weights].floats.enumerated().map { position, value in
        Float(Double(value) * affine.scale[position / inner % channels])
      })
    let bias = node.inputs[2]
    graph[bias].constant = .float32(
      graph[bias].floats.enumerated().map { channel, value in
        Float(Double(value) * affine.scale[channel] + affine.shift[channel])
      })
    return true
  }

  private func canAbsorb(_ affine: Affine, into id: ValueID) -> Bool {
    guard let node = producer(id) else { return false }
    switch node.op {
    case .conv2D, .depthwiseConv2D, .fullyConnected:
      return node.op.activation == Activation.none && affine.perChannel(lastExtent(id)) != nil
    case .concatenation(let concatenation):
      let rank = shape(id).rank
      guard concatenation.axis == rank - 1, affine.scale.count == lastExtent(id) else {
        return false
      }
      var start = 0
      for input in node.inputs {
        let channels = lastExtent(input)
        guard soleReader.contains(input),
          canAbsorb(affine.slice(start..<start + channels), into: input)
        else { return false }
        start += channels
      }
      return true
    default: return false
    }
  }

  /// Makes the operators before `id` compute `activation(id)`; false when they cannot.
  ///
  /// - Precondition: nothing else reads `id`.
  mutating func absorb(_ activation: Activation, into id: ValueID) -> Bool {
    guard canAbsorb(activation, into: id), let index = producers[id] else { return false }
    if case .concatenation = graph.nodes[index].op {
      for input in graph.nodes[index].inputs { _ = absorb(activation, into: input) }
      return true
    }
    graph.nodes[index].op = graph.nodes[index].op.with(activation)
    return true
  }

  private func canAbsorb(_ activation: Activation, into id: ValueID) -> Bool {
    guard let node = producer(id) else { return false }
    if case .concatenation = node.op {
      return node.inputs.allSatisfy {
        soleReader.contains($0) && canAbsorb(activation, into: $0)
      }
    }
    return node.op.activation == Activation.none || node.op.activation == activation
  }

  /// Replaces the dense layer before `id`, which has two results, by one whose result is their difference.
  ///
  /// - Returns: false when something else than such a layer makes `id`.
  mutating func takeDifference(_ id: ValueID) -> Bool {
    guard let node = producer(id), case .fullyConnected(let dense) = node.op,
      dense.activation == .none, !dense.keepDimensions, shape(id) == [1, 2]
    else { return false }
    let (weights, bias) = (node.inputs[1], node.inputs[2])
    let (w, b) = (graph[weights].floats, graph[bias].floats)
    let features = w.count / 2
    graph[weights].constant = .float32(
      (0..<features).map { Float(Double(w[features + $0]) - Double(w[$0])) })
    graph[weights].type.shape = [1, features]
    graph[bias].constant = .float32([Float(Double(b[1]) - Double(b[0]))])
    graph[bias].type.shape = [1]
    graph[id].type.shape = [1, 1]
    return true
  }

  private func lastExtent(_ id: ValueID) -> Int { shape(id).dimensions.last ?? 1 }

  private func isDepthwise(_ node: Node) -> Bool {
    if case .depthwiseConv2D = node.op { true } else { false }
  }
}

extension Op {
  /// The fused activation; nil for operators that have none.
  fileprivate var activation: Activation? {
    switch self {
    case .conv2D(let op): op.activation
    case .depthwiseConv2D(let op): op.activation
    case .fullyConnected(let op): op.activation
    case .add(let op): op.activation
    case .mul(let op): op.activation
    default: nil
    }
  }

  fileprivate func with(_ activation: Activation) -> Op {
    switch self {
    case .conv2D(var op):
      op.activation = activation
      return .conv2D(op)
    case .depthwiseConv2D(var op):
      op.activation = activation
      return .depthwiseConv2D(op)
    case .fullyConnected(var op):
      op.activation = activation
      return .fullyConnected(op)
    case .add(var op):
      op.activation = activation
      return .add(op)
    case .mul(var op):
      op.activation = activation
      return .mul(op)
    default: return self
    }
  }
}
