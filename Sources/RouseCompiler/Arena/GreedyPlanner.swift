/// TFLite Micro's greedy placement of buffers that live at different times.
///
/// Buffers with a given offset are placed first, in order; the others from the largest to the smallest, equal sizes
/// from the last to the first, each in the first gap between the buffers that are alive at the same time.
///
/// - Source: tensorflow/tflite-micro `memory_planner/greedy_memory_planner.cc`.
enum GreedyPlanner {
  struct Buffer: Hashable, Sendable {
    /// A multiple of `TFLMLayout.bufferAlignment`.
    var bytes: Int
    var firstUse: Int
    var lastUse: Int
    /// From the `OfflineMemoryAllocation` metadata.
    var offset: Int?
  }

  /// The offset of each buffer and the bytes up to the end of the highest.
  static func place(_ buffers: [Buffer]) -> (offsets: [Int], bytes: Int) {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [Int] = []
    for index in order(buffers) {
      let buffer = buffers[index]
      let offset = buffer.offset ?? firstGap(for: buffer, among: placed, buffers, offsets)
      offsets[index] = offset
      let position = placed.firstIndex { offsets[$0] > offset } ?? placed.count
      placed.insert(index, at: position)
    }
    let bytes = zip(buffers, offsets).map { $0.bytes + $1 }.max() ?? 0
    return (offsets, bytes)
  }

  private static func order(_ buffers: [Buffer]) -> [Int] {
    let offline = buffers.indices.filter { buffers[$0].offset != nil }
    let online = buffers.indices.filter { buffers[$0].offset == nil }
    return offline
      + online.sorted { (buffers[$0].bytes, $0) > (buffers[$1].bytes, $1) }
  }

  private static func firstGap(
    for buffer: Buffer, among placed: [Int], _ buffers: [Buffer], _ offsets: [Int]
  ) -> Int {
    var candidate = 0
    for other in placed {
      let neighbour = buffers[other]
      let isAlive =
        neighbour.firstUse <= buffer.lastUse && buffer.firstUse <= neighbour.lastUse
      guard isAlive else { continue }
      if offsets[other] - candidate >= buffer.bytes { break }
      candidate = max(candidate, offsets[other] + neighbour.bytes)
    }
    return candidate
  }
}
