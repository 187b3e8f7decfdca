import RouseFormats

/// A placement of all tensors that a file can carry as `OfflineMemoryAllocation`: one offset for each tensor of all
/// subgraphs, -1 for those that TFLite Micro places itself or that need no place.
///
/// Scratch buffers cannot be placed by a file: TFLite Micro fits them around the offsets. Nor does it check offsets for
/// overlaps, so a plan is made only together with the proof that there are none.
package struct OfflinePlan: Hashable, Sendable {
  package var offsets: [Int]
  /// The head with this plan, as TFLite Micro's planner makes it around the offsets.
  package var headBytes: Int

  /// The model with the plan in its metadata.
  package static func embed(_ offsets: [Int], in model: TFLiteModel) -> TFLiteModel {
    var result = model
    let words = [1, model.subgraphs.count, offsets.count] + offsets
    result.buffers.append(
      words.flatMap { word in
        let bits = UInt32(bitPattern: Int32(truncatingIfNeeded: word))
        return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
      })
    result.metadata.append(
      .init(name: "OfflineMemoryAllocation", buffer: result.buffers.count - 1))
    return result
  }
}

extension ArenaModel {
  /// A plan with a smaller head than TFLite Micro's own planner finds; nil when there is none, or none is known.
  ///
  /// - Parameter report: of `model`.
  /// - Throws: as `report(for:)`.
  package func offlinePlan(
    for model: TFLiteModel, _ report: ArenaReport
  ) throws(CompilerError) -> OfflinePlan? {
    guard report.headGap > 0 else { return nil }
    let placements = report.plan.placements
    let planner = OptimalPlanner(placements.map(\.buffer), from: placements.map(\.offset))
    guard planner.bytes < report.headBytes else { return nil }
    let counts = model.subgraphs.map(\.tensors.count)
    var offsets = [Int](repeating: -1, count: counts.reduce(0, +))
    for (placement, offset) in zip(placements, planner.offsets) {
      // TFLite Micro reads the list from its start for every subgraph: only the main one can be planned.
      guard placement.subgraph == 0, let tensor = placement.tensor else { continue }
      offsets[tensor] = offset
    }
    let found = try self.report(for: OfflinePlan.embed(offsets, in: model))
    guard found.minimumBytes < report.minimumBytes, found.plan.firstOverlap == nil else {
      return nil
    }
    return OfflinePlan(offsets: offsets, headBytes: found.headBytes)
  }
}

extension MemoryPlan.Placement {
  var buffer: OptimalPlanner.Buffer {
    .init(
      bytes: aligned(bytes, to: TFLMLayout.bufferAlignment), firstUse: firstUse, lastUse: lastUse)
  }
}

extension MemoryPlan {
  /// The most bytes alive at one time: no placement has a smaller head.
  package var lowerBound: Int { OptimalPlanner.lowerBound(placements.map(\.buffer)) }

  /// Two buffers that are alive at the same time and share bytes, by index; nil when the plan is sound.
  package var firstOverlap: (Int, Int)? {
    for (index, a) in placements.enumerated() {
      for (other, b) in placements.enumerated().dropFirst(index + 1)
      where a.buffer.meets(b.buffer)
        && (a.offset..<a.offset + a.bytes).overlaps(b.offset..<b.offset + b.bytes)
      {
        return (index, other)
      }
    }
    return nil
  }
}
