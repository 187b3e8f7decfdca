#include <math.h>
#include <string.h>

#include "rescale.h"

// Integer arithmetic on floats that hold integers, for training on what a device computes.

// Half away from zero. Adding a half before truncating would round the number just below a half up.
INLINE double rounded(double value) {
  const double whole = trunc(value);
  return whole + (fabs(value - whole) >= 0.5 ? copysign(1, value) : 0);
}

MULTIVERSIONED void rouse_fake_quantize(
    const float *restrict x, float *restrict y, int64_t count, double scale, double low,
    double high) {
  for (int64_t i = 0; i < count; i++) {
    // Comparisons are false for a NaN, which stays one.
    double code = rounded((double)x[i] / scale);
    code = code > high ? high : code;
    y[i] = (float)(code < low ? low : code);
  }
}

MULTIVERSIONED void rouse_fake_quantize_gradient(
    const float *restrict x, const float *restrict dy, float *restrict dx, int64_t count,
    double scale, double low, double high) {
  const float slope = (float)(1 / scale);
  for (int64_t i = 0; i < count; i++) {
    const double code = rounded((double)x[i] / scale);
    dx[i] = ((code >= low) & (code <= high)) ? slope * dy[i] : 0;
  }
}

enum { TILE = 64 };

// An integer in a float; out of range, the nearest one that is.
INLINE int32_t integer(float value) {
  value = value > -0x1p31f ? value : -0x1p31f;
  return (int32_t)(value < 0x1.fffffep30f ? value : 0x1.fffffep30f);
}

// totals[k] = bias[k] + the sum over p < parts of sums[p * channels + k], for k < count.
INLINE void add_parts(
    const float *sums, const float *bias, int64_t channels, int64_t parts, int64_t count,
    int32_t *totals) {
  for (int64_t k = 0; k < count; k++) totals[k] = integer(bias[k]);
  for (int64_t p = 0; p < parts; p++)
    for (int64_t k = 0; k < count; k++)
      totals[k] = (int32_t)((uint32_t)totals[k] + (uint32_t)integer(sums[p * channels + k]));
}

MULTIVERSIONED void rouse_fake_requantize(
    const float *restrict sums, const float *restrict bias, const int32_t *multipliers,
    const int32_t *lefts, const int32_t *rights, int64_t rows, int64_t channels, int64_t parts,
    int32_t zero_point, int32_t low, int32_t high, float *restrict y) {
  int32_t totals[TILE];
  for (int64_t r = 0; r < rows; r++, sums += parts * channels, y += channels)
    for (int64_t c = 0; c < channels; c += TILE) {
      const int64_t count = channels - c < TILE ? channels - c : TILE;
      add_parts(sums + c, bias + c, channels, parts, count, totals);
      for (int64_t k = 0; k < count; k++) {
        const int32_t code =
            rescale(totals[k], multipliers[c + k], lefts[c + k], rights[c + k], zero_point);
        y[c + k] = (float)((code < low ? low : code > high ? high : code) - zero_point);
      }
    }
}

MULTIVERSIONED void rouse_fake_requantize_gradient(
    const float *restrict sums, const float *restrict bias, const float *restrict dy,
    const int32_t *multipliers, const int32_t *lefts, const int32_t *rights, const float *slopes,
    int64_t rows, int64_t channels, int64_t parts, int32_t zero_point, int32_t low, int32_t high,
    float *restrict dx, float *restrict dbias) {
  int32_t totals[TILE];
  float gradient[TILE];
  memset(dbias, 0, (size_t)channels * sizeof *dbias);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < channels; c += TILE) {
      const int64_t count = channels - c < TILE ? channels - c : TILE;
      const int64_t first = r * parts * channels + c;
      add_parts(sums + first, bias + c, channels, parts, count, totals);
      for (int64_t k = 0; k < count; k++) {
        const int32_t code =
            rescale(totals[k], multipliers[c + k], lefts[c + k], rights[c + k], zero_point);
        gradient[k] =
            ((code >= low) & (code <= high)) ? slopes[c + k] * dy[r * channels + c + k] : 0;
        dbias[c + k] += gradient[k];
      }
      for (int64_t p = 0; p < parts && dx; p++)
        memcpy(dx + first + p * channels, gradient, (size_t)count * sizeof *gradient);
    }
}
