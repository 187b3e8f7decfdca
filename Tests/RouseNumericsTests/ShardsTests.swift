import RouseNumerics
import Testing

@Suite struct ShardsTests {
  @Test func shardsCoverTheBatchInOrder() {
    for batch in 1...100 {
      let shards = Shards(batch: batch, threads: 3)
      #expect(shards.ranges.flatMap { Array($0) } == Array(0..<batch))
      #expect(shards.ranges.dropLast().allSatisfy { $0.count == Shards.rowsPerShard })
      #expect(shards.count == Shards.count(batch: batch))
      #expect(shards.ranges == Shards(batch: batch, threads: 1).ranges)
    }
  }

  /// Each shard adds to its own element only.
  @Test(arguments: [1, 2, 3, 4, 16])
  func everyShardRunsOnce(threads: Int) {
    for batch in [1, 16, 17, 70, 200] {
      let shards = Shards(batch: batch, threads: threads)
      let runs = FloatView(zeros: [shards.count])
      let rows = FloatView(zeros: [batch])
      shards.forEach({ shard, range in
        runs[shard] += 1
        for row in range { rows[row] += 1 }
      })
      #expect(runs.values.allSatisfy { $0 == 1 })
      #expect(rows.values.allSatisfy { $0 == 1 })
    }
  }
}

@Suite struct SeededGeneratorTests {
  /// The published sequence of SplitMix64 for the seed 1234567.
  @Test func isSplitMix64() {
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func stateResumesTheStream() {
    var generator = SeededGenerator(seed: 5)
    _ = generator.next()
    var resumed = SeededGenerator(state: generator.state)
    #expect((0..<9).map { _ in generator.next() } == (0..<9).map { _ in resumed.next() })
  }

  @Test func streamsAreTheirOwn() {
    let first = (0..<2000 as Range<UInt64>).map { index -> UInt64 in
      var generator = SeededGenerator(seed: 1, stream: index)
      return generator.next()
    }
    #expect(Set(first).count == first.count)
    var again = SeededGenerator(seed: 1, stream: 7)
    #expect(again.next() == first[7])
    var other = SeededGenerator(seed: 2, stream: 7)
    #expect(other.next() != first[7])
  }

  /// 100,000 draws: the mean of a uniform variable is within 0.005 with a probability beyond 1 − 1e-7.
  @Test func unitIsUniform() {
    var generator = SeededGenerator(seed: 9)
    var sum = 0.0
    for _ in 0..<100_000 {
      let value = generator.unit()
      #expect(value >= 0 && value < 1)
      sum += Double(value)
    }
    #expect(abs(sum / 100_000 - 0.5) < 0.005)
    let low = (0..<1000).map { _ in generator.uniform(-3, 5) }
    #expect(low.allSatisfy { $0 >= -3 && $0 < 5 } && low.contains { $0 < -2 })
  }

  @Test func belowReachesEveryValue() {
    var generator = SeededGenerator(seed: 10)
    for bound in [1, 2, 7, 100] {
      var counts = [Int](repeating: 0, count: bound)
      for _ in 0..<bound * 200 { counts[generator.below(bound)] += 1 }
      // 200 expected each; 100 is seven standard deviations away.
      #expect(counts.allSatisfy { $0 > 100 && $0 < 300 })
    }
    #expect((0..<100).allSatisfy { _ in generator.below(Int(UInt32.max)) < Int(UInt32.max) })
  }
}
