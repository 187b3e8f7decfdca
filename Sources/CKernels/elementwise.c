#include <string.h>

#include "lanes.h"

MULTIVERSIONED void rouse_bias_clamp(
    const float *x, const float *bias, float *y, int64_t rows, int64_t channels, float low,
    float high) {
  if (!bias) {
    const int64_t count = rows * channels;
    for (int64_t i = 0; i < count; i++) y[i] = clamp(x[i], low, high);
    return;
  }
  for (int64_t r = 0; r < rows; r++, x += channels, y += channels)
    for (int64_t c = 0; c < channels; c++) y[c] = clamp(x[c] + bias[c], low, high);
}

MULTIVERSIONED void rouse_clamp_gradient(
    const float *restrict y, const float *restrict dy, float *restrict dz, int64_t count,
    float low, float high) {
  for (int64_t i = 0; i < count; i++) dz[i] = ((y[i] > low) & (y[i] < high)) ? dy[i] : 0;
}

// Four rows at a time hide the latency of an addition; the partial sums are joined at the end.
INLINE void sum_tile(const float *x, float *sums, int64_t rows, int64_t row) {
  lanes sum[4] = {{0}, {0}, {0}, {0}};
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4)
    for (int i = 0; i < 4; i++) sum[i] += LOAD(x + (r + i) * row);
  for (; r < rows; r++) sum[0] += LOAD(x + r * row);
  STORE(sums, (sum[0] + sum[1]) + (sum[2] + sum[3]));
}

MULTIVERSIONED void rouse_column_sums(
    const float *x, float *sums, int64_t rows, int64_t channels, int64_t row) {
  FOR_EACH_TILE(j, channels, { sum_tile(x + j, sums + j, rows, row); })
  if (channels < LANES) {
    memset(sums, 0, (size_t)channels * sizeof *sums);
    for (int64_t r = 0; r < rows; r++)
      for (int64_t c = 0; c < channels; c++) sums[c] += x[r * row + c];
  }
}

MULTIVERSIONED void rouse_multiply(
    const float *restrict a, const float *restrict b, float *restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = a[i] * b[i];
}

MULTIVERSIONED void rouse_sum_parts(
    const float *restrict parts, float *restrict total, int64_t parts_count, int64_t count) {
  memcpy(total, parts, (size_t)count * sizeof *total);
  for (int64_t p = 1; p < parts_count; p++)
    for (int64_t i = 0; i < count; i++) total[i] += parts[p * count + i];
}
