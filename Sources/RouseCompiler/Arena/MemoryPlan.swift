import RouseFormats
import RouseRuntime

/// Where every activation lives in the head of the tensor arena, as TFLite Micro's planner puts it.
public struct MemoryPlan: Hashable, Sendable {
  /// One planned buffer; two of them share bytes only if their lifetimes do not meet.
  public struct Placement: Hashable, Sendable {
    /// The tensor's name, or `scratch of CONV_2D 13`.
    public var name: String
    public var subgraph: Int
    /// Index of the tensor in its subgraph; nil for scratch.
    public var tensor: Int?
    /// Index of the operator that asked for scratch; nil for tensors.
    public var node: Int?
    /// From the start of the arena, which is aligned to 16.
    public var offset: Int
    /// Without the padding to a multiple of 16.
    public var bytes: Int
    /// Times of the planner, from the first use to the last one.
    public var firstUse: Int
    public var lastUse: Int
  }

  public var headBytes: Int
  /// Tensors by subgraph and index, then scratch buffers.
  public var placements: [Placement]
  /// When each operator of the main subgraph runs, on the scale of `firstUse` and `lastUse`.
  public var nodeTimes: [Int]

  /// Byte offset of a tensor of the main subgraph; nil when it is constant or a handle.
  public func offset(ofTensor index: Int) -> Int? {
    placements.first { $0.subgraph == 0 && $0.tensor == index }?.offset
  }

  /// Byte offset of the main subgraph's tensor called `name`.
  public func offset(named name: String) -> Int? {
    placements.first { $0.subgraph == 0 && $0.tensor != nil && $0.name == name }?.offset
  }

  /// The layout of the device for a graph that was decoded from the planned file: the int8 interpreter runs in it.
  ///
  /// Tensors that live from one invocation to the next have no place in the head but one of their own, here behind the
  /// head; the state before and after it is written share it, as they do on the device.
  public func arenaPlan(of decoded: DecodedGraph) -> ArenaPlan {
    var offsets = [Int?](repeating: nil, count: decoded.graph.values.count)
    var places: [Int: Int] = [:]
    var bytes = headBytes
    let planned = self.offsets(tensorCount: (decoded.tensors.max() ?? -1) + 1)
    for (index, value) in decoded.graph.values.enumerated() where value.constant == nil {
      let tensor = decoded.tensors[index]
      if planned[tensor] == nil && places[tensor] == nil {
        places[tensor] = bytes
        bytes +=
          (value.type.bytes + ArenaPlan.alignment - 1) / ArenaPlan.alignment
          * ArenaPlan.alignment
      }
      offsets[index] = planned[tensor] ?? places[tensor]
    }
    return ArenaPlan(offsets: offsets, bytes: bytes)
  }

  /// Byte offset of the first `tensorCount` tensors of the main subgraph, by index; nil for those without a place.
  ///
  /// In a model from `TFLiteLowering` the first tensors are the values of the graph: these are the offsets of an
  /// `ArenaPlan`, with which the int8 interpreter runs in the layout of the device.
  public func offsets(tensorCount: Int) -> [Int?] {
    var result = [Int?](repeating: nil, count: tensorCount)
    for placement in placements where placement.subgraph == 0 {
      if let tensor = placement.tensor, tensor < tensorCount { result[tensor] = placement.offset }
    }
    return result
  }
}
