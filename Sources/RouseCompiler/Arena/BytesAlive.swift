extension MemoryPlan {
  /// The most bytes of buffers that are alive at one time, each padded to the planner's alignment: no plan needs a
  /// smaller head.
  public var mostBytesAlive: Int {
    var changes: [Int: Int] = [:]
    for placement in placements {
      let bytes = aligned(placement.bytes, to: TFLMLayout.bufferAlignment)
      changes[placement.firstUse, default: 0] += bytes
      changes[placement.lastUse + 1, default: 0] -= bytes
    }
    var (alive, most) = (0, 0)
    for time in changes.keys.sorted() {
      alive += changes[time] ?? 0
      most = max(most, alive)
    }
    return most
  }
}
