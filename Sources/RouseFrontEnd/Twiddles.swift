/// The factors `e^(−2πi·n/512)` that `RealFFT512` multiplies by, laid out as its stages read them.
struct Twiddles: Sendable {
  /// One complex factor per lane.
  struct Factor: Sendable {
    var re: SIMD8<Int16>
    var im: SIMD8<Int16>

    /// `e^(−2πi·n/512)` with `n` chosen per lane.
    init(_ angle: (_ lane: Int) -> Int) {
      re = .zero
      im = .zero
      for lane in 0..<8 {
        re[lane] = QuarterWave.cosine(angle(lane))
        im[lane] = -QuarterWave.sine(angle(lane))
      }
    }
  }

  /// The factors of inputs 1, 2 and 3 of a radix-4 butterfly: the first, its square and its cube.
  struct Triple: Sendable {
    var first: Factor
    var second: Factor
    var third: Factor

    init(_ angle: (_ lane: Int) -> Int) {
      first = Factor { angle($0) }
      second = Factor { 2 * angle($0) }
      third = Factor { 3 * angle($0) }
    }
  }

  /// Angle `k/16` of a turn, one vector per `k` in `0..<4`.
  let second: [Triple]
  /// Angle `k/64`, lanes 0...3 for `k = 2n`, lanes 4...7 for `k = 2n + 1`.
  let third: [Triple]
  /// Angle `k/256`, lane `l` of vector `n` for `k = 8n + l`.
  let fourth: [Triple]
  /// `−i·e^(−2πi·k/512)`, lane `l` of vector `n` for `k = 8n + l + 1`.
  let separation: [Factor]

  static let shared = Twiddles(
    second: (0..<4).map { k in Triple { _ in 32 * k } },
    third: (0..<8).map { n in Triple { 8 * (2 * n + $0 / 4) } },
    fourth: (0..<8).map { n in Triple { 2 * (8 * n + $0) } },
    separation: (0..<16).map { n in Factor { 8 * n + $0 + 1 + 128 } })
}
