#include <string.h>

#include "lanes.h"

// MARK: statistics

INLINE void moments_tile(
    const float *x, const float *origin, float *sums, float *squares, int64_t rows,
    int64_t channels) {
  lanes sum[4] = {{0}, {0}, {0}, {0}}, square[4] = {{0}, {0}, {0}, {0}};
  const lanes start = LOAD(origin);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4)
    for (int i = 0; i < 4; i++) {
      const lanes value = LOAD(x + (r + i) * channels) - start;
      sum[i] += value;
      square[i] += value * value;
    }
  for (; r < rows; r++) {
    const lanes value = LOAD(x + r * channels) - start;
    sum[0] += value;
    square[0] += value * value;
  }
  STORE(sums, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  STORE(squares, (square[0] + square[1]) + (square[2] + square[3]));
}

MULTIVERSIONED void rouse_moments(
    const float *x, const float *origin, float *sums, float *squares, int64_t rows,
    int64_t channels) {
  FOR_EACH_TILE(j, channels, {
    moments_tile(x + j, origin + j, sums + j, squares + j, rows, channels);
  })
  if (channels < LANES) {
    memset(sums, 0, (size_t)channels * sizeof *sums);
    memset(squares, 0, (size_t)channels * sizeof *squares);
    for (int64_t r = 0; r < rows; r++)
      for (int64_t c = 0; c < channels; c++) {
        const float value = x[r * channels + c] - origin[c];
        sums[c] += value;
        squares[c] += value * value;
      }
  }
}

// MARK: forward

MULTIVERSIONED void rouse_normalize(
    const float *restrict x, const float *restrict scale, const float *restrict mean,
    const float *restrict beta, float *restrict y, int64_t rows, int64_t channels, float low,
    float high) {
  for (int64_t r = 0; r < rows; r++, x += channels, y += channels)
    for (int64_t c = 0; c < channels; c++)
      y[c] = clamp((x[c] - mean[c]) * scale[c] + beta[c], low, high);
}

// MARK: gradient

INLINE void sums_tile(
    const float *x, const float *dy, const float *scale, const float *mean, const float *beta,
    float *sums, float *products, int64_t rows, int64_t channels, float low, float high) {
  lanes sum[4] = {{0}, {0}, {0}, {0}}, product[4] = {{0}, {0}, {0}, {0}};
  const lanes s = LOAD(scale), m = LOAD(mean), b = LOAD(beta);
  const lanes lows = SPLAT(low), highs = SPLAT(high), zero = {0};
  for (int64_t r = 0; r < rows; r++) {
    const lanes centred = LOAD(x + r * channels) - m;
    const lanes z = centred * s + b;
    const lanes dz = SELECT((z > lows) & (z < highs), LOAD(dy + r * channels), zero);
    sum[r % 4] += dz;
    product[r % 4] += dz * centred;
  }
  STORE(sums, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  STORE(products, (product[0] + product[1]) + (product[2] + product[3]));
}

MULTIVERSIONED void rouse_normalize_sums(
    const float *x, const float *dy, const float *scale, const float *mean, const float *beta,
    float *sums, float *products, int64_t rows, int64_t channels, float low, float high) {
  FOR_EACH_TILE(j, channels, {
    sums_tile(
        x + j, dy + j, scale + j, mean + j, beta + j, sums + j, products + j, rows, channels, low,
        high);
  })
  if (channels < LANES) {
    memset(sums, 0, (size_t)channels * sizeof *sums);
    memset(products, 0, (size_t)channels * sizeof *products);
    for (int64_t r = 0; r < rows; r++)
      for (int64_t c = 0; c < channels; c++) {
        const float centred = x[r * channels + c] - mean[c];
        const float z = centred * scale[c] + beta[c];
        const float dz = ((z > low) & (z < high)) ? dy[r * channels + c] : 0;
        sums[c] += dz;
        products[c] += dz * centred;
      }
  }
}

MULTIVERSIONED void rouse_normalize_input_gradient(
    const float *restrict x, const float *restrict dy, const float *restrict scale,
    const float *restrict mean, const float *restrict beta, const float *restrict slope,
    const float *restrict offset, float *restrict dx, int64_t rows, int64_t channels, float low,
    float high) {
  for (int64_t r = 0; r < rows; r++, x += channels, dy += channels, dx += channels)
    for (int64_t c = 0; c < channels; c++) {
      const float centred = x[c] - mean[c];
      const float z = centred * scale[c] + beta[c];
      const float dz = ((z > low) & (z < high)) ? dy[c] : 0;
      dx[c] = (scale[c] * dz + slope[c] * centred) + offset[c];
    }
}
