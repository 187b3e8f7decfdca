import RouseIR
import RouseNumerics

/// Runs a quantized graph with the integer arithmetic of TFLite Micro, bit for bit.
///
/// Kernels are made once; a run does not allocate. A copy of an interpreter continues on its own from the same state.
/// All 8-bit values are given and read as `Int8` bit patterns; `uint8s` reads them unsigned.
public struct Interpreter: Sendable {
  public let graph: Graph
  public let plan: ArenaPlan
  private let kernels: [any Int8Kernel]
  private let variables: [(offset: Int, type: TensorType)]
  private let initialState: [Int8]
  private var memory: Int8Memory

  /// The most bytes of activations and state: twice the 8 MB of PSRAM of the largest supported board. A file of a few
  /// bytes can state any shape; nothing is allocated for it.
  public static let memoryLimit = 1 << 24

  /// - Parameter plan: where activations lie; planned here when it is nil. A plan that lets values overlap is run as
  ///   it stands: wrong results show it.
  /// - Throws: what `GraphVerifier` refuses in an executable graph, more memory than `memoryLimit`, and, as `atNode`,
  ///   what TFLite Micro's kernels refuse in Prepare.
  /// - Precondition: the plan has a place inside its arena for every value that a node touches.
  public init(_ graph: Graph, plan: ArenaPlan? = nil) throws(GraphError) {
    try GraphVerifier.verify(graph, phase: .executable)
    let plan = plan ?? ArenaPlan(greedyFor: graph)
    precondition(plan.offsets.count == graph.values.count, "the plan is for another graph")

    var variables: [(offset: Int, type: TensorType)] = []
    var stateBytes = 0
    for variable in graph.variables {
      variables.append((stateBytes, variable.type))
      stateBytes += variable.type.bytes
    }
    guard plan.bytes + stateBytes <= Self.memoryLimit else {
      throw .mismatch(
        op: "interpreter", what: "bytes of activations and state",
        expected: "at most \(Self.memoryLimit)", found: "\(plan.bytes + stateBytes)")
    }
    func offset(_ id: ValueID) -> Int {
      guard let offset = plan.offsets[id.index], offset >= 0,
        offset + graph[id].type.bytes <= plan.bytes
      else { preconditionFailure("the plan has no place for \(graph[id].name)") }
      return offset
    }
    var kernels: [any Int8Kernel] = []
    for node in graph.nodes {
      guard let op = node.op.deployable else { continue }
      let inputs = node.inputs.map { id in
        graph[id].constant.map(Int8Location.constant) ?? .arena(offset: offset(id))
      }
      let name = graph.name(of: node)
      do {
        kernels.append(
          try op.int8Kernel(
            Int8Node(
              name: name, inputTypes: graph.inputTypes(of: node), inputs: inputs,
              outputTypes: graph.outputTypes(of: node), outputs: node.outputs.map { offset($0) },
              variables: variables)))
      } catch {
        throw .atNode(name, error)
      }
    }
    self.graph = graph
    self.plan = plan
    self.kernels = kernels
    self.variables = variables
    initialState = graph.variables.flatMap(\.initialBytes)
    memory = Int8Memory(arenaBytes: plan.bytes, stateBytes: stateBytes)
    reset()
  }

  /// Sets every variable to its initial value, as TFLite Micro does before the first invocation.
  public mutating func reset() {
    for index in initialState.indices { memory.state[index] = initialState[index] }
  }

  // MARK: - One invocation

  /// Puts the bytes of input number `index` in their place.
  ///
  /// - Precondition: `bytes` fills the input's shape.
  public mutating func setInput(_ index: Int, _ bytes: some Collection<Int8>) {
    let id = graph.inputs[index]
    precondition(bytes.count == graph[id].type.bytes, "\(bytes.count) bytes for \(graph[id].name)")
    guard let offset = plan.offsets[id.index] else { return }
    memory.arena.withUnsafeMutableBufferPointer { arena in
      let target = UnsafeMutableBufferPointer(rebasing: arena[offset..<offset + bytes.count])
      _ = target.update(fromContentsOf: bytes)
    }
  }

  /// Runs the graph once on the inputs that were set; state goes on to the next invocation.
  public mutating func invoke() {
    for kernel in kernels { kernel.run(&memory) }
  }

  /// Runs the graph once on its only input.
  ///
  /// - Precondition: `input` fills the input's shape.
  public mutating func run(_ input: some Collection<Int8>) {
    precondition(graph.inputs.count == 1, "the graph has \(graph.inputs.count) inputs")
    setInput(0, input)
    invoke()
  }

  /// Runs the graph once on all its inputs, in order.
  public mutating func run(inputs: [[Int8]]) {
    run(inputs: inputs) { _, _, _ in }
  }

  /// Runs the graph once and shows every result as its node has made it.
  public mutating func run(
    inputs: [[Int8]], observe: (_ node: Int, _ value: ValueID, _ bytes: [Int8]) -> Void
  ) {
    precondition(graph.inputs.count == inputs.count, "the graph has \(graph.inputs.count) inputs")
    for (index, input) in inputs.enumerated() { setInput(index, input) }
    for (index, kernel) in kernels.enumerated() {
      kernel.run(&memory)
      for id in graph.nodes[index].outputs { observe(index, id, int8s(of: id)) }
    }
  }

  // MARK: - Results

  /// The bytes of a value. Valid after a run for outputs; another value's bytes may be in use again.
  public func int8s(of id: ValueID) -> [Int8] {
    guard let offset = plan.offsets[id.index] else { return [] }
    return Array(memory.arena[offset..<offset + graph[id].type.bytes])
  }

  /// The same, unsigned.
  public func uint8s(of id: ValueID) -> [UInt8] { int8s(of: id).map { UInt8(bitPattern: $0) } }

  /// Appends the bytes of output number `index`.
  public func appendOutput(_ index: Int, to bytes: inout [Int8]) {
    let id = graph.outputs[index]
    guard let offset = plan.offsets[id.index] else { return }
    bytes += memory.arena[offset..<offset + graph[id].type.bytes]
  }

  /// The first output.
  public var output: [Int8] { int8s(of: graph.outputs[0]) }

  /// The bytes of a variable, as the next run will read them.
  public func int8s(of id: VariableID) -> [Int8] {
    let (offset, type) = variables[id.index]
    return Array(memory.state[offset..<offset + type.bytes])
  }

  // MARK: - Streaming

  /// Feeds feature rows through a streaming graph, as many at a time as its input holds; rows left over at the end are
  /// dropped. Continues from the present state.
  ///
  /// - Returns: the first byte of the first output after each run: the probability in steps of 1/256.
  public mutating func runStream(_ rows: [Int8]) -> [UInt8] {
    let step = graph[graph.inputs[0]].type.bytes
    guard let offset = plan.offsets[graph.outputs[0].index] else { return [] }
    var result: [UInt8] = []
    result.reserveCapacity(rows.count / step)
    var start = 0
    while start + step <= rows.count {
      run(rows[start..<start + step])
      result.append(UInt8(bitPattern: memory.arena[offset]))
      start += step
    }
    return result
  }
}
