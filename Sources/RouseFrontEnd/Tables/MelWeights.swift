/// Triangular filters, equally spaced on the mel scale from 125 Hz to 7500 Hz, over the bins of a 512-point transform at
/// 16 kHz (31.25 Hz each).
///
/// Every bin in `firstBin..<endBin` lies on the falling side of filter `band − 1` and on the rising side of filter `band`:
/// it adds `weight` of 4096 to the former and `4096 − weight` to the latter. Filter −1 and the rising side of filter 40 are
/// dropped, which leaves 40 channels out of 41 bands.
///
/// Frozen for the same reason as `HannWindow`; the original uses `log1pf`.
///
/// - Source: TensorFlow `microfrontend/lib/filterbank_util.c`, `kFilterbankBits` 12.
package enum MelWeights {
  package static let fractionalBits = 12

  /// The first bin of each of the 41 bands, then the end of the last.
  package static let bandStarts: [Int] = [
    5, 6, 8, 9, 11, 13, 15, 17, 19, 22, 24, 27, 30, 33, 36, 39, 43, 47, 50, 55, 59, 64, 69, 74, 79,
    85, 91, 98, 105, 112, 120, 128, 137, 146, 155, 166, 176, 188, 200, 213, 226, 241,
  ]

  /// One weight per bin from `bandStarts[0]`, in 12 fractional bits.
  package static let weights: [UInt16] = [
    1377, 2852, 321, 1971, 3701, 1408, 3281, 1124, 3124, 1087, 3201, 1272, 3488, 1655, 3963, 2218,
    513, 2943, 1314, 3817, 2258, 731, 3332, 1866, 430, 3117, 1734, 377, 3141, 1833, 548, 3381, 2139,
    918, 3814, 2632, 1470, 325, 3294, 2185, 1092, 15, 3049, 2003, 972, 4051, 3048, 2058, 1082, 118,
    3263, 2324, 1398, 482, 3674, 2782, 1899, 1028, 167, 3411, 2570, 1738, 915, 102, 3393, 2598,
    1810, 1032, 261, 3594, 2840, 2093, 1353, 621, 3993, 3275, 2564, 1861, 1163, 473, 3885, 3207,
    2536, 1870, 1211, 557, 4006, 3364, 2727, 2096, 1471, 850, 235, 3721, 3117, 2517, 1922, 1331,
    746, 165, 3685, 3113, 2546, 1983, 1424, 870, 320, 3869, 3327, 2789, 2255, 1725, 1198, 676, 157,
    3737, 3226, 2717, 2213, 1711, 1214, 719, 228, 3836, 3352, 2870, 2392, 1917, 1445, 976, 510, 46,
    3682, 3225, 2770, 2319, 1870, 1424, 980, 539, 101, 3762, 3329, 2898, 2471, 2045, 1622, 1202,
    784, 368, 4050, 3639, 3231, 2824, 2420, 2018, 1618, 1220, 825, 432, 40, 3747, 3360, 2975, 2592,
    2211, 1832, 1455, 1079, 706, 335, 4061, 3693, 3328, 2964, 2601, 2241, 1882, 1526, 1170, 817,
    465, 115, 3863, 3516, 3171, 2827, 2486, 2145, 1807, 1469, 1134, 800, 467, 136, 3903, 3575, 3248,
    2923, 2599, 2277, 1956, 1636, 1318, 1002, 686, 372, 60, 3844, 3534, 3226, 2918, 2612, 2307,
    2004, 1702, 1401, 1101, 802, 505, 209, 4010, 3716, 3423, 3132, 2841, 2552, 2264, 1977, 1692,
    1407, 1123, 841, 560, 279, 0,
  ]
}
