/// Streams of feature rows cut into blocks of equal length, one invocation of a `WideStreaming` network each.
struct StreamBlocks: Sendable {
  struct Block: Sendable {
    var stream: Int
    /// Elements of the stream before the block.
    var start: Int
    /// Steps that belong to the stream; the last block of a stream is not always full.
    var steps: Int

    /// The network starts anew before this block.
    var startsStream: Bool { start == 0 }
  }

  /// Elements that one streaming step consumes.
  let stepCount: Int
  let stepsPerBlock: Int
  let blocks: [Block]

  /// - Parameters:
  ///   - counts: elements of each stream; a rest that is shorter than a step is dropped.
  init(counts: [Int], stepCount: Int, stepsPerBlock: Int) {
    self.stepCount = stepCount
    self.stepsPerBlock = stepsPerBlock
    var blocks: [Block] = []
    for (stream, count) in counts.enumerated() {
      let steps = count / stepCount
      for first in stride(from: 0, to: steps, by: stepsPerBlock) {
        blocks.append(
          Block(
            stream: stream, start: first * stepCount, steps: min(stepsPerBlock, steps - first)))
      }
    }
    self.blocks = blocks
  }

  /// Steps per block with which the streams cost least: a block costs its steps, used or not, and what its start takes.
  ///
  /// - Parameter wanted: steps that are few enough for a cache; the answer is within a factor of two.
  static func fittingSteps(counts: [Int], stepCount: Int, wanted: Int) -> Int {
    func cost(_ size: Int) -> Int {
      counts.reduce(0) { $0 + ($1 / stepCount + size - 1) / size * (size + startSteps) }
    }
    let sizes = (wanted / 2)...(wanted * 2)
    let costs = sizes.map(cost)
    let least = costs.min() ?? 0
    return zip(sizes, costs).first { $0.1 == least }?.0 ?? wanted
  }

  /// What the start of a block takes, in steps: the rows of history that are copied in and out.
  private static let startSteps = 8

  /// Elements of a block that belong to its stream.
  func count(_ block: Block) -> Int { block.steps * stepCount }

  /// The rows of a block, with zeros after the end of the stream.
  func rows(_ block: Block, of streams: [[Int8]]) -> [Int8] {
    var rows = Array(streams[block.stream][block.start..<block.start + count(block)])
    rows += repeatElement(0, count: (stepsPerBlock - block.steps) * stepCount)
    return rows
  }

  /// The rows of a value that are computed from the stream alone, those remembered from before it included.
  ///
  /// - Parameters:
  ///   - narrow: rows of the value in the network of one step.
  ///   - wide: its rows in the network of `stepsPerBlock` steps.
  func usedRows(_ block: Block, narrow: Int, wide: Int) -> Int {
    guard stepsPerBlock > 1 else { return narrow }
    return wide - (wide - narrow) / (stepsPerBlock - 1) * (stepsPerBlock - block.steps)
  }
}
