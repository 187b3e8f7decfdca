import RouseAudio
import RouseFrontEnd
import RouseNumerics

/// Feature rows of many streams of sound, in the device's int8, one after another in memory.
package struct FeatureStreams: Sendable {
  package static let channels = MicroFrontEnd.channels

  /// All rows of all streams.
  package private(set) var values: [Int8] = []
  /// Rows of each stream.
  package private(set) var ranges: [Range<Int>] = []

  package init() {}

  package mutating func append(_ rows: [Int8]) {
    let first = values.count / Self.channels
    values += rows
    ranges.append(first..<first + rows.count / Self.channels)
  }

  mutating func reserve(rows: Int) { values.reserveCapacity(rows * Self.channels) }

  /// The rows that the device computes from `samples`.
  package static func rows(_ samples: [Float], stepMilliseconds: Int) -> [Int8] {
    MicroFrontEnd.features(
      of: AudioClip(samples: samples).int16, stepMilliseconds: stepMilliseconds
    ).deviceInt8
  }
}

/// Augmented examples, made ahead of training and then sampled from.
///
/// Making a window costs a hundred times more than training on it, so every stream serves for many windows: at other
/// places in time, next to other examples. What a network could learn by heart all the same is renewed: a bank is one
/// generation of streams, see `ExampleSettings.renewEvery`.
package struct FeatureBank: Sendable {
  package struct Positive: Sendable {
    package let stream: Int
    /// First and last-plus-one sample of the word.
    package let word: Range<Int>

    package init(stream: Int, word: Range<Int>) {
      self.stream = stream
      self.word = word
    }
  }

  package private(set) var streams = FeatureStreams()
  package private(set) var positives: [Positive] = []
  /// Streams without the wake word.
  package private(set) var negatives: [Int] = []

  package init(
    streams: FeatureStreams = FeatureStreams(), positives: [Positive] = [], negatives: [Int] = []
  ) {
    self.streams = streams
    self.positives = positives
    self.negatives = negatives
  }

  /// Streams of random numbers, kept apart by their first one, so that no part of a run repeats another's.
  package enum GeneratorStream: UInt64 {
    case positives = 0x1_0000_0000
    case negatives = 0x2_0000_0000
    case rooms = 0x3_0000_0000
    case validation = 0x4_0000_0000
    case weights = 0x5_0000_0000
    case heldOut = 0x6_0000_0000
    case steps = 0x7_0000_0000

    /// The generation stands above the bits of `rawValue` and of the index.
    package func generator(
      _ seed: UInt64, _ index: Int, generation: Int = 0
    ) -> SeededGenerator {
      SeededGenerator(
        seed: seed, stream: rawValue + UInt64(index) + UInt64(generation) << 36)
    }
  }

  /// Adds a stream; `word` is nil when it does not hold the wake word.
  mutating func append(_ rows: [Int8], word: Range<Int>?) {
    if let word {
      positives.append(Positive(stream: streams.ranges.count, word: word))
    } else {
      negatives.append(streams.ranges.count)
    }
    streams.append(rows)
  }

  /// Sets memory aside for `rows` rows, so that a bank never lies in memory twice while it grows.
  mutating func reserve(rows: Int) { streams.reserve(rows: rows) }

  /// The rooms of a corpus and simulated ones, from a furnished bedroom (0.15 s) to a bare kitchen (0.7 s).
  package static func rooms(_ impulses: [Clip], simulated: Int, seed: UInt64) -> [RoomImpulse] {
    let recorded = impulses.compactMap { RoomImpulse($0.floats) }
    let made = (0..<simulated).compactMap { index -> RoomImpulse? in
      var generator = GeneratorStream.rooms.generator(seed, index)
      let t60 = Double(generator.uniform(0.15, 0.7))
      let room = SimulatedRoom(t60: t60, &generator)
      return RoomImpulse(room.response(&generator))
    }
    return recorded + made
  }
}
