import RouseAudio
import RouseFrontEnd

/// Seconds of sound that become features in a second of one core.
struct FrontEndBenchmark: Benchmark {
  /// What the project set out to reach; TensorFlow's op reached 1,518 on the machine of that goal.
  private static let goal = 4000.0
  private static let seconds = 60.0

  let options: BenchmarkOptions

  init(_ options: BenchmarkOptions) { self.options = options }

  func measure() -> [BenchmarkFigure] {
    let samples = AudioClip(samples: BenchmarkSound.speech(seconds: Self.seconds, seed: 1)).int16
    return [
      BenchmarkRounds.figure(
        "front-end, one core", unit: "x real time", goal: Self.goal, work: Self.seconds,
        per: .processor, options: options
      ) {
        var frontEnd = MicroFrontEnd()
        var rows: [UInt16] = []
        frontEnd.process(samples.span, into: &rows)
        precondition(rows.count == MicroFrontEnd.channels * 5998)
      }
    ]
  }
}
