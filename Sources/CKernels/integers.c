#include "lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Sums of products of small integers. Nothing is rounded here; sums wrap in 32 bits, as unsigned arithmetic does.

// The sum of x[k] * w[k] for k < count.
INLINE uint32_t dot(const int16_t *x, const int16_t *w, int64_t count) {
  uint32_t sum = 0;
  for (int64_t k = 0; k < count; k++) sum += (uint32_t)((int32_t)x[k] * w[k]);
  return sum;
}

MULTIVERSIONED static void dots(
    const int16_t *x, const int16_t *w, int64_t count, int64_t row, int64_t rows, int32_t *sums) {
  for (int64_t o = 0; o < rows; o++)
    sums[o] = (int32_t)((uint32_t)sums[o] + dot(x, w + o * row, count));
}

#if defined(__x86_64__)
#define LOAD_256(address) _mm256_loadu_si256((const __m256i *)(address))
#define LOAD_128(address) _mm_loadu_si128((const __m128i *)(address))

// Four rows at a time: they share the loads of x, and one reduction makes four sums. No compiler found this form; it is
// twice to three times as fast as what they make of `dots`.
__attribute__((target("avx2"))) static void dots_avx2(
    const int16_t *x, const int16_t *w, int64_t count, int64_t row, int64_t rows, int32_t *sums) {
  const int64_t whole = count & ~(int64_t)15, most = count & ~(int64_t)7;
  int64_t o = 0;
  for (; o + 4 <= rows; o += 4) {
    const int16_t *p = w + o * row;
    __m256i sum[4] = {{0}, {0}, {0}, {0}};
    for (int64_t k = 0; k < whole; k += 16) {
      const __m256i v = LOAD_256(x + k);
      for (int r = 0; r < 4; r++)
        sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(v, LOAD_256(p + r * row + k)));
    }
    if (whole < most)
      for (int r = 0; r < 4; r++) {
        const __m128i eight = _mm_madd_epi16(LOAD_128(x + whole), LOAD_128(p + r * row + whole));
        sum[r] = _mm256_add_epi32(sum[r], _mm256_zextsi128_si256(eight));
      }
    const __m256i halves = _mm256_hadd_epi32(
        _mm256_hadd_epi32(sum[0], sum[1]), _mm256_hadd_epi32(sum[2], sum[3]));
    const __m128i four = _mm_add_epi32(
        _mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
    _mm_storeu_si128((__m128i *)(sums + o), _mm_add_epi32(LOAD_128(sums + o), four));
    for (int64_t k = most; k < count; k++)
      for (int r = 0; r < 4; r++) {
        const int32_t product = (int32_t)x[k] * p[r * row + k];
        sums[o + r] = (int32_t)((uint32_t)sums[o + r] + (uint32_t)product);
      }
  }
  if (o < rows) dots(x, w + o * row, count, row, rows - o, sums + o);
}
#endif

enum { WIDE = 1024 };

// Products of 16-bit numbers are what processors add up fastest, so x is widened once for all rows.
MULTIVERSIONED static void widen(const int8_t *x, int16_t *wide, int64_t count) {
  for (int64_t k = 0; k < count; k++) wide[k] = x[k];
}

void rouse_int8_dots(
    const int8_t *x, const int16_t *w, int64_t count, int64_t row, int64_t rows, int32_t *sums) {
  int16_t wide[WIDE];
  for (int64_t start = 0; start < count; start += WIDE) {
    const int64_t length = count - start < WIDE ? count - start : WIDE;
    widen(x + start, wide, length);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
      dots_avx2(wide, w + start, length, row, rows, sums);
      continue;
    }
#endif
    dots(wide, w + start, length, row, rows, sums);
  }
}

MULTIVERSIONED void rouse_int8_columns(
    const int8_t *x, int64_t x_row, const int16_t *w, int64_t w_row, int64_t taps,
    int64_t channels, int32_t *sums) {
  for (int64_t t = 0; t < taps; t++)
    for (int64_t k = 0; k < channels; k++) {
      const int32_t product = (int32_t)x[t * x_row + k] * w[t * w_row + k];
      sums[k] = (int32_t)((uint32_t)sums[k] + (uint32_t)product);
    }
}
