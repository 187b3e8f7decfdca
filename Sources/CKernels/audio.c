#include <string.h>

#include "lanes.h"

// Kernels over the samples of a clip. Sums are made in a fixed number of parts, whatever the width of the registers.

typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t eight_words __attribute__((vector_size(32)));

#define LOAD_EIGHT(address) (*(const eight *)(address))
#define SUM_EIGHT(v) \
  ((((v)[0] + (v)[4]) + ((v)[2] + (v)[6])) + (((v)[1] + (v)[5]) + ((v)[3] + (v)[7])))

// MARK: - Level

// The sum of x[k]^2 for k < count.
INLINE float squares(const float *x, int64_t count) {
  eight a = {0}, b = {0};
  int64_t k = 0;
  for (; k + 16 <= count; k += 16) {
    a += LOAD_EIGHT(x + k) * LOAD_EIGHT(x + k);
    b += LOAD_EIGHT(x + k + 8) * LOAD_EIGHT(x + k + 8);
  }
  a += b;
  float sum = SUM_EIGHT(a);
  for (; k < count; k++) sum += x[k] * x[k];
  return sum;
}

MULTIVERSIONED double rouse_sum_of_squares(const float *x, int64_t count) {
  // Short parts in single precision lose nothing that is heard; their sum in double loses nothing at all.
  enum { PART = 1024 };
  double sum = 0;
  for (int64_t k = 0; k < count; k += PART)
    sum += (double)squares(x + k, count - k < PART ? count - k : PART);
  return sum;
}

MULTIVERSIONED void rouse_frame_powers(
    const float *x, int64_t frames, int64_t length, float *powers) {
  for (int64_t f = 0; f < frames; f++)
    powers[f] = squares(x + f * length, length) / (float)length;
}

MULTIVERSIONED float rouse_peak(const float *x, int64_t count) {
  float peak = 0;
  for (int64_t k = 0; k < count; k++) {
    const float size = x[k] < 0 ? -x[k] : x[k];
    peak = size > peak ? size : peak;
  }
  return peak;
}

MULTIVERSIONED void rouse_scale_clip(float *x, int64_t count, float factor, float limit) {
  for (int64_t k = 0; k < count; k++) {
    float value = x[k] * factor;
    value = value > limit ? limit : value;
    x[k] = value < -limit ? -limit : value;
  }
}

MULTIVERSIONED void rouse_add_scaled(float *y, const float *x, int64_t count, float factor) {
  for (int64_t k = 0; k < count; k++) y[k] += factor * x[k];
}

MULTIVERSIONED void rouse_to_int16(const float *x, int16_t *y, int64_t count) {
  for (int64_t k = 0; k < count; k++) {
    float value = x[k] * 32768;
    value = value == value ? value : 0;
    value = value > 32767 ? 32767 : value;
    value = value < -32768 ? -32768 : value;
    // Adding 1.5 * 2^23 leaves no bit for a fraction: the sum is rounded half to even and holds the integer.
    const float shifted = value + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    y[k] = (int16_t)(bits - 0x4B400000);
  }
}

MULTIVERSIONED void rouse_soft_clip(float *x, int64_t count, float drive, float scale) {
  // tanh by the ninth convergent of its continued fraction, which crosses 1 at 6.3: wrong by less than 2^-17.
  for (int64_t k = 0; k < count; k++) {
    float v = x[k] * drive;
    v = v > 6.3f ? 6.3f : v;
    v = v < -6.3f ? -6.3f : v;
    const float s = v * v;
    const float above = v * (34459425.0f + s * (4729725.0f + s * (135135.0f + s * (990.0f + s))));
    const float below =
        34459425.0f + s * (16216200.0f + s * (945945.0f + s * (13860.0f + s * 45.0f)));
    x[k] = scale * above / below;
  }
}

// MARK: - Filters

MULTIVERSIONED void rouse_biquads(
    float *x, int64_t count, const float *b0, const float *b1, const float *b2, const float *a1,
    const float *a2) {
  // Lane s is section s. At step t it takes what lane s - 1 gave at step t - 1, so sample n leaves lane 7 at step n + 7.
  const eight f0 = LOAD_EIGHT(b0), f1 = LOAD_EIGHT(b1), f2 = LOAD_EIGHT(b2);
  const eight r1 = LOAD_EIGHT(a1), r2 = LOAD_EIGHT(a2);
  eight y = {0}, first = {0}, second = {0};
  for (int64_t t = 0; t < count + 7; t++) {
    const float next = t < count ? x[t] : 0;
    eight in = __builtin_shufflevector(y, y, 0, 0, 1, 2, 3, 4, 5, 6);
    in[0] = next;
    y = f0 * in + first;
    first = f1 * in - r1 * y + second;
    second = f2 * in - r2 * y;
    if (t >= 7) x[t - 7] = y[7];
  }
}

MULTIVERSIONED void rouse_multiply_add_spectra(
    const float *x, const float *re, const float *im, float *y, int64_t count) {
  // (a + ib)(c + id) = (a, b) * (c, c) + (b, a) * (-d, d)
  int64_t k = 0;
  for (; k + 8 <= count; k += 8) {
    const eight v = LOAD_EIGHT(x + k);
    const eight swapped = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
    *(eight *)(y + k) += v * LOAD_EIGHT(re + k) + swapped * LOAD_EIGHT(im + k);
  }
  for (; k + 2 <= count; k += 2) {
    const float a = x[k], b = x[k + 1];
    y[k] += a * re[k] + b * im[k];
    y[k + 1] += b * re[k + 1] + a * im[k + 1];
  }
}

// MARK: - Time

INLINE void resample(
    const float *x, double start, double step, const float *table, int64_t phases, int64_t taps,
    float *y, int64_t count) {
  for (int64_t n = 0; n < count; n++) {
    const double position = start + (double)n * step;
    const int32_t whole = (int32_t)position;
    const float fine = (float)(position - whole) * (float)phases;
    int32_t phase = (int32_t)fine;
    phase = phase < phases ? phase : (int32_t)phases - 1;
    const float *left = table + phase * taps, *right = left + taps, *from = x + whole;
    eight a = {0}, b = {0};
    for (int64_t k = 0; k < taps; k += 8) {
      const eight v = LOAD_EIGHT(from + k);
      a += v * LOAD_EIGHT(left + k);
      b += v * LOAD_EIGHT(right + k);
    }
    a += (b - a) * (fine - (float)phase);
    y[n] = SUM_EIGHT(a);
  }
}

MULTIVERSIONED void rouse_resample(
    const float *x, double start, double step, const float *table, int64_t phases, int64_t taps,
    float *y, int64_t count) {
  // A constant number of taps, the usual one, becomes straight code.
  if (taps == 32) resample(x, start, step, table, phases, 32, y, count);
  else resample(x, start, step, table, phases, taps, y, count);
}

INLINE float distance(const float *a, const float *b, int64_t count) {
  eight s = {0}, t = {0};
  for (int64_t k = 0; k + 16 <= count; k += 16) {
    const eight c = LOAD_EIGHT(a + k) - LOAD_EIGHT(b + k);
    const eight d = LOAD_EIGHT(a + k + 8) - LOAD_EIGHT(b + k + 8);
    s += c * c;
    t += d * d;
  }
  s += t;
  return SUM_EIGHT(s);
}

MULTIVERSIONED int64_t rouse_nearest_segment(
    const float *wanted, const float *x, int64_t offsets, int64_t stride, int64_t count) {
  int64_t nearest = 0;
  float least = distance(wanted, x, count);
  for (int64_t k = stride; k < offsets; k += stride) {
    const float found = distance(wanted, x + k, count);
    if (found < least) least = found, nearest = k;
  }
  return nearest;
}
