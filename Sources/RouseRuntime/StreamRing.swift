import RouseIR
import RouseNumerics

/// State that is nothing but the last bytes of what was heard: `window = past ‖ fresh`, of which the last `past` bytes are
/// kept for the next step.
struct StreamRing {
  let variable: VariableID
  /// The node that joins past and fresh rows.
  let join: Int
  let fresh: ValueID
  let pastBytes: Int
  let freshBytes: Int

  /// Steps whose fresh rows the past holds.
  var memorySteps: Int { (pastBytes + freshBytes - 1) / freshBytes }

  /// The ring of each variable; nil when one of them is another kind of state.
  static func all(in graph: Graph) -> [StreamRing]? {
    var rings: [StreamRing] = []
    for index in graph.variables.indices {
      let variable = VariableID(index)
      let reads = graph.nodes.indices.filter { graph.nodes[$0].reads(variable) }
      let assigns = graph.nodes.indices.filter { graph.nodes[$0].assigns(variable) }
      // State that nobody reads changes nothing.
      if reads.isEmpty { continue }
      guard reads.count == 1, assigns.count == 1, reads[0] < assigns[0],
        let ring = StreamRing(graph, variable, read: reads[0], assign: assigns[0])
      else { return nil }
      rings.append(ring)
    }
    return rings
  }

  private init?(_ graph: Graph, _ variable: VariableID, read: Int, assign: Int) {
    let past = graph.nodes[read].outputs[0]
    let readers = graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(past) }
    guard readers.count == 1, !graph.outputs.contains(past),
      case .concatenation(let op) = graph.nodes[readers[0]].op
    else { return nil }
    let node = graph.nodes[readers[0]]
    let window = graph[node.outputs[0]].type
    guard node.inputs.count == 2, node.inputs[0] == past, node.inputs[1] != past,
      window.shape.dimensions[..<op.axis].allSatisfy({ $0 == 1 }),
      graph[node.inputs[1]].constant == nil
    else { return nil }
    self.variable = variable
    join = readers[0]
    fresh = node.inputs[1]
    pastBytes = graph[past].type.bytes
    freshBytes = graph[fresh].type.bytes
    guard pastBytes > 0, freshBytes > 0,
      Self.keepsTheEnd(
        graph, kept: graph.nodes[assign].inputs[0], window: node.outputs[0], bytes: pastBytes)
    else { return nil }
  }

  /// True when `kept` holds the last `bytes` bytes of the window in their order, whatever operators cut it out.
  private static func keepsTheEnd(
    _ graph: Graph, kept: ValueID, window: ValueID, bytes: Int
  ) -> Bool {
    var origin = (0..<bytes).map { $0 }
    var value = kept
    while value != window {
      guard let maker = graph.producers[value.index],
        let place = graph.nodes[maker].outputs.firstIndex(of: value),
        graph.nodes[maker].inputs.count == 1,
        let map = ByteMap.of(graph.nodes[maker], in: graph)
      else { return false }
      origin = origin.map { map.sources[place][$0].byte }
      value = graph.nodes[maker].inputs[0]
    }
    let total = graph[window].type.bytes
    return origin == Array(total - bytes..<total)
  }
}

extension Node {
  fileprivate func reads(_ variable: VariableID) -> Bool {
    guard case .readVariable(let op) = op else { return false }
    return op.variable == variable
  }

  fileprivate func assigns(_ variable: VariableID) -> Bool {
    guard case .assignVariable(let op) = op else { return false }
    return op.variable == variable
  }
}

/// A window for each step, cut out of `past ‖ fresh[0] ‖ fresh[1] ‖ …`; what is kept is the end of that history.
struct RingKernel: Sendable {
  /// Where the history lies in the state memory; it begins with the past.
  let state: Int
  let past: Int
  /// Where the fresh rows of all steps lie in the arena.
  let fresh: Int
  let freshBytes: Int
  /// Where the windows go.
  let window: Int
  let steps: Int

  var historyBytes: Int { past + steps * freshBytes }

  /// - Parameter count: steps that belong to the stream, at most `steps`; windows after them are not used.
  func run(_ memory: inout Int8Memory, count: Int) {
    let windowBytes = past + freshBytes
    memory.state.withUnsafeMutableBytes { state in
      memory.arena.withUnsafeMutableBytes { arena in
        let history = UnsafeMutableRawBufferPointer(
          rebasing: state[self.state..<self.state + historyBytes])
        UnsafeMutableRawBufferPointer(rebasing: history[past..<past + count * freshBytes])
          .copyMemory(
            from: UnsafeRawBufferPointer(rebasing: arena[fresh..<fresh + count * freshBytes]))
        let windows = UnsafeMutableRawBufferPointer(
          rebasing: arena[window..<window + steps * windowBytes])
        for step in 0..<count {
          let source = history[step * freshBytes..<step * freshBytes + windowBytes]
          UnsafeMutableRawBufferPointer(
            rebasing: windows[step * windowBytes..<(step + 1) * windowBytes]
          ).copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
        }
        // The two ranges may overlap, which copyMemory allows.
        history.copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: history[count * freshBytes..<count * freshBytes + past]))
      }
    }
  }
}
