#include <math.h>
#include <string.h>

#include "lanes.h"

// The micro front-end from the energies of the mel channels to the numbers of a row. Each step is one loop over the
// channels, in integers or in doubles that hold integers, so that every processor gives the same bits.

enum { CHANNELS = ROUSE_FRONT_END_CHANNELS };

// The bits of x + 2^52: below 2^52, x stands in the low ones.
INLINE uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// x as a double; below 2^52.
INLINE double real(uint64_t x) {
  const uint64_t bits = x | 0x4330000000000000;
  double shifted;
  memcpy(&shifted, &bits, sizeof shifted);
  return shifted - 0x1p52;
}

// The square root of x to the nearest integer, as the original's bit-by-bit root gives it (`filterbank.c`, Sqrt32 and
// Sqrt64). No integer lies half-way, (r + 1/2)^2 = r^2 + r + 1/4. Below 2^32 the original's root has 16 bits and stops at
// 65535. x < 2^48: the root then differs from every half by more than 2^-28, half a unit in the last place of a double
// below 2^24 is 2^-30, so rounding the hardware's root to an integer is right. Energies stay below 2^43: by Parseval's
// theorem those of a scaled window sum to at most 2^30, weights are at most 2^12.
INLINE uint32_t rounded_root(uint64_t x) {
  // 2^52 has no fractional bits left: the sum is rounded to an integer.
  const uint32_t root = (uint32_t)bits_of(__builtin_sqrt(real(x)) + 0x1p52);
  const uint32_t limit = x >> 32 ? UINT32_MAX : 65535;
  return root < limit ? root : limit;
}

MULTIVERSIONED void rouse_rounded_roots(const uint64_t *x, uint32_t *roots, int64_t count) {
  for (int64_t k = 0; k < count; k++) roots[k] = rounded_root(x[k]);
}

// Spectral subtraction with a running estimate of the noise per channel (`noise_reduction.c`):
// estimate += (signal - estimate) * smoothing, then signal = max(signal - estimate, 0.05 * signal). Even channels smooth by
// 0.025, odd ones by 0.06; products have 14 fractional bits and are truncated; estimates carry 10 more fractional bits.
INLINE void reduce_noise(uint32_t *signals, uint32_t *estimates) {
  for (int c = 0; c < CHANNELS; c++) {
    const uint32_t smoothing = c & 1 ? 983 : 409;
    const uint32_t signal = signals[c], scaled = signal << 10;
    const uint32_t updated = (uint32_t)(
        ((uint64_t)scaled * smoothing + (uint64_t)estimates[c] * (16384 - smoothing)) >> 14);
    estimates[c] = updated;
    const uint32_t least = (uint32_t)(((uint64_t)signal * 819) >> 14);
    const uint32_t reduced = (scaled - (updated < scaled ? updated : scaled)) >> 10;
    signals[c] = reduced > least ? reduced : least;
  }
}

// Per-channel automatic gain control (`pcan_gain_control.c`; Lyon, "Trainable frontend for robust and far-field keyword
// spotting", 2016): signal * gain(estimate), then a square law for faint and a square root law for loud channels. The gain
// 2^21 * (estimate / 128 + 80)^-0.95 is a parabola in 10 bits of the estimate's mantissa.
INLINE void control_gain(
    uint32_t *signals, const uint32_t *estimates, const rouse_front_end_tables *tables) {
  for (int c = 0; c < CHANNELS; c++) {
    const uint32_t estimate = estimates[c];
    // A double's exponent and the upper bits of its fraction are those of the integer.
    const uint64_t bits = bits_of((double)(estimate > 2 ? estimate : 2));
    const int32_t *segment = tables->gain_segments + 3 * ((int32_t)(bits >> 52) - 1024);
    const uint32_t fraction = (uint32_t)(bits >> 42) & 1023;
    // Signed products and sums, which fit 32 bits.
    int32_t value = (segment[2] * (int32_t)fraction) >> 5;
    value = (value + segment[1] * 32) * (int32_t)fraction;
    const int32_t curve = segment[0] + ((value + (1 << 14)) >> 15);
    const int32_t gain = estimate < 2 ? tables->gain_first[estimate & 1] : curve;
    const uint32_t ratio = (uint32_t)(((uint64_t)signals[c] * (uint32_t)gain) >> 6);
    signals[c] = ratio < 2 << 12 ? ratio * ratio >> 20 : (ratio >> 6) - 64;
  }
}

// 64 * ln(8 * signal), 0 when 8 * signal is at most 1 (`log_scale.c`, scale_shift 6, 3 correction bits). The base-2
// logarithm is a straight line per power of two plus a correction, 16 fractional bits, truncated. The original shifts the
// interpolation between two corrections by 16 where 9 would interpolate; models are trained on that, so it stays. Both
// multiplications after it round half up.
INLINE void take_logarithms(
    const uint32_t *signals, const int32_t *corrections, uint16_t *row) {
  for (int c = 0; c < CHANNELS; c++) {
    const uint32_t value = signals[c] << 3;
    const uint64_t bits = bits_of((double)(value > 1 ? value : 1));
    const uint32_t exponent = (uint32_t)(bits >> 52) - 1023;
    const int32_t fraction = (int32_t)(bits >> 36) & 0xFFFF;
    const int32_t *segment = corrections + (fraction >> 9);
    const int32_t step = segment[1] - segment[0];
    const int32_t correction = segment[0] + ((step * (fraction & 511)) >> 16);
    const uint32_t binary = (exponent << 16) + (uint32_t)(fraction + correction);
    // 45426 is ln 2 in 16 fractional bits.
    const uint32_t natural = (uint32_t)((45426 * (uint64_t)binary + 32768) >> 16);
    const uint32_t scaled = ((natural << 6) + 32768) >> 16;
    row[c] = value > 1 ? (uint16_t)(scaled < 65535 ? scaled : 65535) : 0;
  }
}

MULTIVERSIONED void rouse_front_end_rows(
    const uint64_t *sums, const uint32_t *shifts, int64_t count,
    const rouse_front_end_tables *tables, uint32_t *estimates, uint16_t *rows) {
  for (int64_t w = 0; w < count; w++) {
    uint32_t signals[CHANNELS];
    for (int c = 0; c < CHANNELS; c++)
      signals[c] = rounded_root(sums[w * CHANNELS + c]) >> shifts[w];
    reduce_noise(signals, estimates);
    control_gain(signals, estimates, tables);
    take_logarithms(signals, tables->log_corrections, rows + w * CHANNELS);
  }
}
