/// `round(32767 · cos(2πi/512))`, from which all twiddle factors of a 512-point transform follow by symmetry.
///
/// Frozen, though `cos` in double precision leaves no doubt about any value (`FrontEndTableTests`).
///
/// - Source: kissfft `_kiss_fft_guts.h`, `FIXED_POINT` 16: factors are scaled by 32767, not 32768.
package enum QuarterWave {
  /// The cosine at `2π·index/512`; `index` may be any integer.
  package static func cosine(_ index: Int) -> Int16 {
    let turn = index & 511
    let half = turn > 256 ? 512 - turn : turn
    return half > 128 ? -cosines[256 - half] : cosines[half]
  }

  /// The sine at `2π·index/512`.
  package static func sine(_ index: Int) -> Int16 { cosine(index - 128) }

  /// Angles `0...π/2`.
  package static let cosines: [Int16] = [
    32767, 32765, 32757, 32745, 32728, 32705, 32678, 32646, 32609, 32567, 32521, 32469, 32412,
    32351, 32285, 32213, 32137, 32057, 31971, 31880, 31785, 31685, 31580, 31470, 31356, 31237,
    31113, 30985, 30852, 30714, 30571, 30424, 30273, 30117, 29956, 29791, 29621, 29447, 29268,
    29085, 28898, 28706, 28510, 28310, 28105, 27896, 27683, 27466, 27245, 27019, 26790, 26556,
    26319, 26077, 25832, 25582, 25329, 25072, 24811, 24547, 24279, 24007, 23731, 23452, 23170,
    22884, 22594, 22301, 22005, 21705, 21403, 21096, 20787, 20475, 20159, 19841, 19519, 19195,
    18868, 18537, 18204, 17869, 17530, 17189, 16846, 16499, 16151, 15800, 15446, 15090, 14732,
    14372, 14010, 13645, 13279, 12910, 12539, 12167, 11793, 11417, 11039, 10659, 10278, 9896, 9512,
    9126, 8739, 8351, 7962, 7571, 7179, 6786, 6393, 5998, 5602, 5205, 4808, 4410, 4011, 3612, 3212,
    2811, 2410, 2009, 1608, 1206, 804, 402, 0,
  ]
}
