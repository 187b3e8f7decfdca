import RouseIR

/// Where each activation of an int8 graph lies in one block of memory.
///
/// A plan is an input of `Interpreter`, so that the plan a device will use can be executed and thereby proven.
public struct ArenaPlan: Hashable, Sendable {
  /// Byte offset of each value, by index; nil for constants and values that no node touches.
  public var offsets: [Int?]
  public var bytes: Int

  public init(offsets: [Int?], bytes: Int) {
    self.offsets = offsets
    self.bytes = bytes
  }

  /// Offsets are multiples of this, as in TFLite Micro (`MicroArenaBufferAlignment`).
  public static let alignment = 16

  /// First fit, largest value first; among equals the one that is needed first.
  public init(greedyFor graph: Graph) {
    let lifetimes = Self.lifetimes(in: graph)
    var placed: [(offset: Int, bytes: Int, lifetime: ClosedRange<Int>)] = []
    offsets = [Int?](repeating: nil, count: graph.values.count)
    bytes = 0
    let order = graph.values.indices.filter { lifetimes[$0] != nil }.sorted { a, b in
      let (left, right) = (graph.values[a].type.bytes, graph.values[b].type.bytes)
      return left != right ? left > right : a < b
    }
    for index in order {
      guard let lifetime = lifetimes[index] else { continue }
      let size = graph.values[index].type.bytes
      var offset = 0
      for other in placed where other.lifetime.overlaps(lifetime) {
        if offset + size <= other.offset { break }
        let end = other.offset + other.bytes
        offset = max(offset, (end + Self.alignment - 1) / Self.alignment * Self.alignment)
      }
      offsets[index] = offset
      placed.append((offset, size, lifetime))
      placed.sort { $0.offset < $1.offset }
      bytes = max(bytes, offset + size)
    }
  }

  /// The nodes during which each value must keep its bytes: from the node that makes it (−1 for inputs) to its last
  /// reader (the number of nodes for outputs). Nil for constants and values that no node touches.
  public static func lifetimes(in graph: Graph) -> [ClosedRange<Int>?] {
    var result = [ClosedRange<Int>?](repeating: nil, count: graph.values.count)
    func extend(_ id: ValueID, to time: Int) {
      guard graph[id].constant == nil else { return }
      result[id.index] = min(result[id.index]?.lowerBound ?? time, time)...time
    }
    for id in graph.inputs { extend(id, to: -1) }
    for (time, node) in graph.nodes.enumerated() {
      for id in node.inputs + node.outputs { extend(id, to: time) }
    }
    for id in graph.outputs { extend(id, to: graph.nodes.count) }
    return result
  }

  /// Two values that are needed at the same time and share bytes; nil when the plan is sound.
  public func firstConflict(in graph: Graph) -> (ValueID, ValueID)? {
    let lifetimes = Self.lifetimes(in: graph)
    func place(_ index: Int) -> (bytes: Range<Int>, lifetime: ClosedRange<Int>)? {
      guard let offset = offsets[index], let lifetime = lifetimes[index] else { return nil }
      return (offset..<offset + graph.values[index].type.bytes, lifetime)
    }
    for first in graph.values.indices {
      guard let a = place(first) else { continue }
      for second in graph.values.indices.dropFirst(first + 1) {
        guard let b = place(second) else { continue }
        if a.bytes.overlaps(b.bytes), a.lifetime.overlaps(b.lifetime) {
          return (ValueID(first), ValueID(second))
        }
      }
    }
    return nil
  }
}
