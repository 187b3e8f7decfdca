/// One buffer that grows from both ends: plans and temporaries up from the start, persistent objects down from the end.
///
/// Sizes count from a start that is aligned to 16. Because persistent objects are aligned by address, what they take
/// depends on the address of the arena's end modulo 16.
///
/// - Source: tensorflow/tflite-micro `arena_allocator/single_arena_buffer_allocator.cc`.
struct SimulatedArena {
  /// Address of the end of the arena modulo 16.
  let endResidue: Int
  /// Bytes of persistent objects so far, padding included.
  private(set) var tailBytes = 0
  /// Bytes between start and end that everything so far needs at the least.
  private(set) var requiredBytes = 0
  /// What made `requiredBytes` as large as it is.
  private(set) var binding = ArenaReport.Binding.start
  private var headBytes = 0
  private var temporaryBytes = 0

  init(endResidue: Int) { self.endResidue = endResidue }

  /// Takes a persistent object from the end and returns its bytes with padding.
  @discardableResult
  mutating func allocatePersistent(
    _ bytes: Int, alignment: Int, _ why: ArenaReport.Binding
  ) -> Int {
    let before = tailBytes
    tailBytes += bytes
    tailBytes += addressResidue(tailBytes, alignment)
    require(headBytes, why)
    return tailBytes - before
  }

  /// Takes a temporary object; it stays until the next `setHead`.
  mutating func allocateTemporary(_ bytes: Int, alignment: Int, _ why: ArenaReport.Binding) {
    temporaryBytes = aligned(temporaryBytes, to: alignment) + bytes
    require(temporaryBytes, why)
  }

  /// Resizes the head and frees all temporaries.
  mutating func setHead(_ bytes: Int, _ why: ArenaReport.Binding) {
    headBytes = bytes
    temporaryBytes = bytes
    require(bytes, why)
  }

  /// The planner takes all that is left between the temporaries and the end, both aligned to 16, for its tables.
  mutating func requirePlannerTables(_ bytes: Int) {
    let free = TFLMLayout.bufferAlignment
    let tail = tailBytes + addressResidue(tailBytes, free)
    record(aligned(temporaryBytes, to: free) + bytes + tail, .planning)
  }

  /// `(end - bytes) mod alignment`
  private func addressResidue(_ bytes: Int, _ alignment: Int) -> Int {
    let residue = (endResidue - bytes) % alignment
    return residue < 0 ? residue + alignment : residue
  }

  private mutating func require(_ head: Int, _ why: ArenaReport.Binding) {
    record(head + tailBytes, why)
  }

  private mutating func record(_ bytes: Int, _ why: ArenaReport.Binding) {
    if bytes > requiredBytes {
      requiredBytes = bytes
      binding = why
    }
  }
}
