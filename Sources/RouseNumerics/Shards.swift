import Dispatch

/// Splits the rows of a batch into fixed shards and runs them on the available cores.
///
/// The split depends on the batch alone, never on the number of threads, so a result is the same bits on one core
/// and on many. Reductions over shards go in shard order, on the calling thread.
package struct Shards: Sendable {
  /// Rows per shard. A multiple of 16: row shards of matrix products are then bit-identical to the whole product.
  package static let rowsPerShard = 16

  package let ranges: [Range<Int>]
  package let threads: Int

  /// - Parameter batch: the number of examples to split.
  package init(batch: Int, threads: Int) {
    precondition(batch > 0 && threads > 0)
    self.threads = threads
    ranges = stride(from: 0, to: batch, by: Self.rowsPerShard).map {
      $0..<min($0 + Self.rowsPerShard, batch)
    }
  }

  package var count: Int { ranges.count }

  /// How many shards a batch is split into.
  package static func count(batch: Int) -> Int { (batch + rowsPerShard - 1) / rowsPerShard }

  /// Runs `body(shard, rows)` for every shard and returns when all are done.
  ///
  /// On one thread nothing is allocated; on several, the system's dispatch takes two small blocks for each call.
  package func forEach(_ body: @Sendable (_ shard: Int, _ rows: Range<Int>) -> Void) {
    if threads == 1 || ranges.count == 1 {
      for (index, rows) in ranges.enumerated() { body(index, rows) }
    } else {
      let ranges = self.ranges
      let lanes = min(threads, ranges.count)
      DispatchQueue.concurrentPerform(iterations: lanes) { lane in
        for index in stride(from: lane, to: ranges.count, by: lanes) { body(index, ranges[index]) }
      }
    }
  }
}
