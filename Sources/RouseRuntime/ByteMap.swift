import RouseIR
import RouseNumerics

/// Where each byte of the results of an operator comes from, for operators that only move bytes.
///
/// The operator is run on inputs whose bytes say where they lie, so the map is what its kernel does.
struct ByteMap {
  struct Source: Hashable {
    /// Index of the input.
    var input: Int
    var byte: Int
  }

  /// For each result, the source of each of its bytes.
  let sources: [[Source]]

  /// Two bytes of place are enough for 65,536 bytes of inputs: no ring of a microcontroller is longer.
  private static let limit = 1 << 16

  /// nil for operators that compute, and for what their kernels refuse.
  static func of(_ node: Node, in graph: Graph) -> ByteMap? {
    switch node.op {
    case .reshape, .stridedSlice, .splitV, .concatenation, .pack: break
    default: return nil
    }
    var offsets: [Int] = []
    var total = 0
    for id in node.inputs {
      guard graph[id].constant == nil else { return nil }
      offsets.append(total)
      total += graph[id].type.bytes
    }
    guard total <= limit else { return nil }
    var results: [Int] = []
    var end = total
    for id in node.outputs {
      results.append(end)
      end += graph[id].type.bytes
    }
    let place = Int8Node(
      name: "map", inputTypes: graph.inputTypes(of: node),
      inputs: offsets.map { .arena(offset: $0) }, outputTypes: graph.outputTypes(of: node),
      outputs: results, variables: [])
    guard let kernel = try? node.op.deployable?.int8Kernel(place) else { return nil }
    func run(_ digit: (Int) -> Int) -> [Int] {
      var memory = Int8Memory(arenaBytes: end, stateBytes: 0)
      for byte in 0..<total { memory.arena[byte] = Int8(truncatingIfNeeded: digit(byte)) }
      kernel.run(&memory)
      return memory.arena.map { Int(UInt8(bitPattern: $0)) }
    }
    let (low, high) = (run { $0 & 0xFF }, run { $0 >> 8 })
    let sources = zip(node.outputs, results).map { id, start in
      (start..<start + graph[id].type.bytes).map { byte in
        let origin = low[byte] | high[byte] << 8
        let input = offsets.lastIndex { $0 <= origin } ?? 0
        return Source(input: input, byte: origin - offsets[input])
      }
    }
    return ByteMap(sources: sources)
  }

  private init(sources: [[Source]]) { self.sources = sources }
}
