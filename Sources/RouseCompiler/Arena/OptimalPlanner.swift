/// Places buffers that live at different times in as few bytes as it can find, and says how far from the least that is.
///
/// Branch and bound over the order of offsets: the next buffer goes on top of all placed ones that it meets in time, no
/// lower than the one before it. Any placement becomes one of these by lowering its buffers in the order of their
/// offsets, so the search is complete. It is cut where the tallest pile at one time with all that must still stand on
/// it is no better than the best known, and it ends at the lower bound or after `limit` placements.
package struct OptimalPlanner {
  package struct Buffer: Hashable, Sendable {
    /// A multiple of 16.
    package var bytes: Int
    package var firstUse: Int
    package var lastUse: Int

    package init(bytes: Int, firstUse: Int, lastUse: Int) {
      self.bytes = bytes
      self.firstUse = firstUse
      self.lastUse = lastUse
    }

    func meets(_ other: Buffer) -> Bool {
      firstUse <= other.lastUse && other.firstUse <= lastUse
    }

    func isAlive(at time: Int) -> Bool { firstUse <= time && time <= lastUse }
  }

  package private(set) var offsets: [Int]
  package private(set) var bytes: Int
  /// The most bytes that are alive at one time.
  package let lowerBound: Int
  /// True when no placement takes fewer bytes.
  package private(set) var isOptimal: Bool

  private let buffers: [Buffer]
  private let neighbours: [[Int]]
  /// For each buffer, the instants of `tops` and `rests` at which it is alive.
  private let instants: [[Int]]
  private var remaining: Int
  private var trial: [Int?]
  /// For each instant, the end of the highest placed buffer and the bytes of those that are not placed yet.
  private var tops: [Int]
  private var rests: [Int]

  /// - Parameters:
  ///   - start: a sound placement to improve on.
  ///   - limit: placements that are tried.
  package init(_ buffers: [Buffer], from start: [Int], limit: Int = 20_000) {
    self.buffers = buffers
    offsets = start
    bytes = zip(buffers, start).map { $0.bytes + $1 }.max() ?? 0
    lowerBound = Self.lowerBound(buffers)
    neighbours = buffers.indices.map { a in
      buffers.indices.filter { $0 != a && buffers[$0].meets(buffers[a]) }
    }
    // A buffer meets another where one of them begins, so these instants see every meeting.
    let times = Set(buffers.map(\.firstUse)).sorted()
    instants = buffers.map { buffer in
      times.indices.filter { buffer.isAlive(at: times[$0]) }
    }
    tops = [Int](repeating: 0, count: times.count)
    rests = times.map { time in buffers.reduce(0) { $1.isAlive(at: time) ? $0 + $1.bytes : $0 } }
    remaining = limit
    trial = [Int?](repeating: nil, count: buffers.count)
    isOptimal = bytes == lowerBound
    if !isOptimal {
      let finished = place(0, atOrAbove: 0, height: 0)
      isOptimal = finished || bytes == lowerBound
    }
  }

  package static func lowerBound(_ buffers: [Buffer]) -> Int {
    Set(buffers.map(\.firstUse)).map { time in
      buffers.reduce(0) { $1.isAlive(at: time) ? $0 + $1.bytes : $0 }
    }.max() ?? 0
  }

  /// False when the limit ended the search.
  private mutating func place(_ count: Int, atOrAbove floor: Int, height: Int) -> Bool {
    guard count < buffers.count else {
      bytes = height
      offsets = trial.map { $0 ?? 0 }
      return true
    }
    var candidates: [(offset: Int, index: Int)] = []
    for index in buffers.indices where trial[index] == nil {
      var offset = 0
      for other in neighbours[index] {
        if let place = trial[other] { offset = max(offset, place + buffers[other].bytes) }
      }
      if offset >= floor { candidates.append((offset, index)) }
    }
    candidates.sort {
      ($0.offset, -buffers[$0.index].bytes, $0.index) < (
        $1.offset, -buffers[$1.index].bytes, $1.index
      )
    }
    for (offset, index) in candidates {
      guard bytes > lowerBound else { return true }
      let end = offset + buffers[index].bytes
      guard end < bytes else { continue }
      guard remaining > 0 else { return false }
      remaining -= 1
      let before = instants[index].map { tops[$0] }
      for instant in instants[index] {
        tops[instant] = end
        rests[instant] -= buffers[index].bytes
      }
      trial[index] = offset
      var finished = true
      if zip(tops, rests).allSatisfy({ $0 + $1 < bytes }) {
        finished = place(count + 1, atOrAbove: offset, height: max(height, end))
      }
      trial[index] = nil
      for (instant, top) in zip(instants[index], before) {
        tops[instant] = top
        rests[instant] += buffers[index].bytes
      }
      if !finished { return false }
    }
    return true
  }
}
