import RouseFormats
import RouseIR

/// A model file whose indices, shapes and operators were checked, as far as memory depends on them.
struct PlannableModel {
  struct Place: Hashable, Sendable {
    var subgraph: Int
    var node: Int
  }

  struct Node {
    var place: Place
    var builtin: TFLiteBuiltin
    var inputs: [Int]
    var outputs: [Int]
    var options: TFLiteOptions
    /// For CALL_ONCE.
    var calledSubgraph: Int?
  }

  struct Tensor {
    var name: String
    var shape: [Int]
    var element: TFLiteModel.Element
    var bytes: Int
    /// The data stands in the file, so no memory is planned for it.
    var isConstant: Bool
    var isVariable: Bool
    /// Number of scales when scales and zero points are both given, else 0.
    var quantizedChannels: Int
    /// `container/shared_name` of the variable that a VAR_HANDLE gives to this tensor.
    var resource: String?
  }

  struct Subgraph {
    var tensors: [Tensor]
    var inputs: [Int]
    var outputs: [Int]
    var nodes: [Node]
  }

  /// Largest tensor that is planned: more than any microcontroller addresses.
  static let largestTensor = 1 << 28
  /// The planner is quadratic in tensors; wake-word models have a hundred.
  static let mostTensors = 4_000
  /// esp-nn holds extents in 16 bits.
  static let largestExtent = 65_535

  private(set) var subgraphs: [Subgraph] = []
  private(set) var offlineOffsets: [Int?]?

  init(_ model: TFLiteModel) throws(CompilerError) {
    guard !model.subgraphs.isEmpty else {
      throw .unplannable(
        subgraph: 0, operator: nil, tensor: nil, expected: "a subgraph", found: "none")
    }
    let count = model.subgraphs.reduce(0) { $0 + $1.tensors.count }
    let nodes = model.subgraphs.reduce(0) { $0 + $1.operators.count }
    guard count <= Self.mostTensors, nodes <= Self.mostTensors else {
      throw .unplannable(
        subgraph: 0, operator: nil, tensor: nil,
        expected: "at most \(Self.mostTensors) tensors and operators",
        found: "\(count) and \(nodes)")
    }
    for index in model.subgraphs.indices {
      subgraphs.append(try Self.subgraph(index, of: model))
    }
    offlineOffsets = try Self.offlineOffsets(of: model, tensorCount: count)
    try checkCalls()
  }

  func tensors(_ indices: [Int], of place: Place) -> [Tensor] {
    indices.filter { $0 >= 0 }.map { subgraphs[place.subgraph].tensors[$0] }
  }

  // MARK: - Checks

  private static func subgraph(
    _ index: Int, of model: TFLiteModel
  ) throws(CompilerError) -> Subgraph {
    let source = model.subgraphs[index]
    var result = Subgraph(
      tensors: [], inputs: source.inputs.map(Int.init), outputs: source.outputs.map(Int.init),
      nodes: [])
    for position in source.tensors.indices {
      result.tensors.append(try tensor(position, source.tensors[position], of: model, index))
    }
    for position in source.operators.indices {
      let node = try node(position, source.operators[position], of: model, index)
      if case .varHandle(let container, let name) = node.options, let output = node.outputs.first {
        result.tensors[output].resource = "\(container)/\(name)"
      }
      result.nodes.append(node)
    }
    for tensor in result.inputs + result.outputs where !source.tensors.indices.contains(tensor) {
      throw .unplannable(
        subgraph: index, operator: nil, tensor: tensor,
        expected: "an index below \(source.tensors.count)", found: "\(tensor)")
    }
    return result
  }

  private static func tensor(
    _ index: Int, _ source: TFLiteModel.Tensor, of model: TFLiteModel, _ subgraph: Int
  ) throws(CompilerError) -> Tensor {
    var bytes = elementBytes(source.element)
    for extent in source.shape {
      let product = bytes.multipliedReportingOverflow(by: Int(extent))
      guard extent >= 0, !product.overflow, product.partialValue <= largestTensor else {
        throw .unplannable(
          subgraph: subgraph, operator: nil, tensor: index,
          expected: "a shape of at most \(largestTensor) bytes", found: "\(source.shape)")
      }
      bytes = product.partialValue
    }
    guard model.buffers.indices.contains(source.buffer) || source.buffer == 0 else {
      throw .unplannable(
        subgraph: subgraph, operator: nil, tensor: index,
        expected: "a buffer below \(model.buffers.count)", found: "\(source.buffer)")
    }
    let data = model.buffers.indices.contains(source.buffer) ? model.buffers[source.buffer] : []
    let channels = source.quantization.map { $0.zeroPoints.isEmpty ? 0 : $0.scales.count } ?? 0
    return Tensor(
      name: source.name, shape: source.shape.map(Int.init), element: source.element, bytes: bytes,
      isConstant: !data.isEmpty, isVariable: source.isVariable, quantizedChannels: channels)
  }

  private static func node(
    _ index: Int, _ source: TFLiteModel.Operator, of model: TFLiteModel, _ subgraph: Int
  ) throws(CompilerError) -> Node {
    guard model.operatorCodes.indices.contains(source.opcode),
      let builtin = model.operatorCodes[source.opcode].builtin
    else {
      let code =
        model.operatorCodes.indices.contains(source.opcode)
        ? "code \(model.operatorCodes[source.opcode].code)" : "operator code \(source.opcode)"
      throw .unplannable(
        subgraph: subgraph, operator: index, tensor: nil, expected: "an operator that Rouse knows",
        found: code)
    }
    let count = model.subgraphs[subgraph].tensors.count
    let node = Node(
      place: Place(subgraph: subgraph, node: index), builtin: builtin,
      inputs: source.inputs.map(Int.init), outputs: source.outputs.map(Int.init),
      options: source.options)
    for tensor in node.inputs where tensor < -1 || tensor >= count {
      throw .unplannable(
        subgraph: subgraph, operator: index, tensor: tensor, expected: "an index below \(count)",
        found: "\(tensor)")
    }
    for tensor in node.outputs where tensor < 0 || tensor >= count {
      throw .unplannable(
        subgraph: subgraph, operator: index, tensor: tensor, expected: "an index below \(count)",
        found: "\(tensor)")
    }
    return try withCalledSubgraph(node, subgraphCount: model.subgraphs.count)
  }

  private static func withCalledSubgraph(
    _ node: Node, subgraphCount: Int
  ) throws(CompilerError) -> Node {
    guard case .callOnce(let called) = node.options else { return node }
    guard called > 0, Int(called) < subgraphCount else {
      throw .unplannable(
        subgraph: node.place.subgraph, operator: node.place.node, tensor: nil,
        expected: "a subgraph between 1 and \(subgraphCount - 1)", found: "\(called)")
    }
    var result = node
    result.calledSubgraph = Int(called)
    return result
  }

  /// Refuses calls inside called subgraphs: an initialiser has no need of them.
  private func checkCalls() throws(CompilerError) {
    let called = Set(subgraphs.flatMap { $0.nodes.compactMap(\.calledSubgraph) })
    for index in called.sorted() {
      guard let node = subgraphs[index].nodes.first(where: { $0.calledSubgraph != nil }) else {
        continue
      }
      throw .unplannable(
        subgraph: index, operator: node.place.node, tensor: nil,
        expected: "no CALL_ONCE in a called subgraph", found: "one")
    }
  }

  /// The `OfflineMemoryAllocation` metadata: version, subgraph count, tensor count, then one offset for each tensor,
  /// -1 for those that the planner places.
  private static func offlineOffsets(
    of model: TFLiteModel, tensorCount: Int
  ) throws(CompilerError) -> [Int?]? {
    guard let entry = model.metadata.first(where: { $0.name == "OfflineMemoryAllocation" }) else {
      return nil
    }
    let bytes = model.buffers.indices.contains(entry.buffer) ? model.buffers[entry.buffer] : []
    let words = stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
      Int32(
        truncatingIfNeeded: (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) })
    }
    guard words.count == tensorCount + 3, words[2] == tensorCount,
      words[3...].allSatisfy({ $0 >= -1 && $0 <= largestTensor })
    else {
      throw .unplannable(
        subgraph: 0, operator: nil, tensor: nil,
        expected: "an offline plan of \(tensorCount) offsets", found: "\(words.count) words")
    }
    return words[3...].map { $0 == -1 ? nil : Int($0) }
  }

  /// `TfLiteTypeSizeOf`; a resource is its 32-bit index.
  private static func elementBytes(_ element: TFLiteModel.Element) -> Int {
    switch element {
    case .float32, .int32, .resource: 4
    case .float16, .int16: 2
    case .int8, .uint8, .bool, .string: 1
    case .int64: 8
    }
  }
}
