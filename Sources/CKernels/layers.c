#include <stddef.h>

#include "rescale.h"

// Whole int8 layers: the sums stay in registers until they are rescaled, eight or sixteen results beside each other, so
// nothing is added across a register and nothing is called for a single position.
//
// A product of two 16-bit numbers and its neighbour's are added by one instruction; weights are laid out in such pairs.
// Sums wrap in 32 bits.

enum { GROUP = 8, GROUPS = 8, TILE = 16, WIDE = 1024 };

static int64_t even(int64_t count) { return (count + 1) / 2 * 2; }

// Blocks of 64 results or what is left of whole groups; in a block the pairs of columns, then the results.
void rouse_int8_pair_rows(const int16_t *w, int64_t results, int64_t row, int16_t *paired) {
  const int64_t whole = results / GROUP * GROUP;
  for (int64_t first = 0; first < whole; first += GROUP * GROUPS) {
    const int64_t left = whole - first, count = left < GROUP * GROUPS ? left : GROUP * GROUPS;
    for (int64_t k = 0; k < row; k += 2)
      for (int64_t o = first; o < first + count; o++) {
        *paired++ = w[o * row + k];
        *paired++ = k + 1 < row ? w[o * row + k + 1] : 0;
      }
  }
}

// Channels 0-3 and 8-11 of a tile, then 4-7 and 12-15: where unpacking two taps leaves them.
void rouse_int8_pair_taps(const int16_t *w, int64_t taps, int64_t channels, int16_t *paired) {
  for (int64_t first = 0; first + TILE <= channels; first += TILE)
    for (int64_t t = 0; t < taps; t += 2)
      for (int64_t place = 0; place < TILE; place++) {
        const int64_t c = first + (place & 3) + (place & 4) * 2 + (place & 8) / 2;
        *paired++ = w[t * channels + c];
        *paired++ = t + 1 < taps ? w[(t + 1) * channels + c] : 0;
      }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE_AVX2 static inline __attribute__((always_inline, target("avx2")))
#define LOAD_256(address) _mm256_loadu_si256((const __m256i *)(address))
#define LOAD_128(address) _mm_loadu_si128((const __m128i *)(address))
#define STORE_256(address, value) _mm256_storeu_si256((__m256i *)(address), value)

bool rouse_int8_has_layers(void) { return __builtin_cpu_supports("avx2"); }

INLINE_AVX2 void rescaled(
    const int32_t *sums, int64_t first, int64_t count, const rouse_rescaling *r, int8_t *y) {
  const int32_t *multipliers = r->multipliers + first;
  const int32_t *lefts = r->lefts + first, *rights = r->rights + first;
  const int32_t zero_point = r->zero_point, low = r->low, high = r->high;
  // Bytes may be anywhere, so what is written to y directly is not made several at a time.
  int8_t codes[GROUP * GROUPS];
  for (int64_t k = 0; k < count; k++) {
    const int32_t scaled = rescale(sums[k], multipliers[k], lefts[k], rights[k], zero_point);
    codes[k] = (int8_t)(scaled < low ? low : scaled > high ? high : scaled);
  }
  __builtin_memcpy(y, codes, (size_t)count);
}

// MARK: Dense

// sums[o] += the products of `pairs` pairs of x, for `groups` groups of eight results.
INLINE_AVX2 void add_groups(
    const int16_t *x, const int16_t *w, int64_t pairs, const int groups, int32_t *sums) {
  __m256i sum[GROUPS];
  for (int g = 0; g < groups; g++) sum[g] = LOAD_256(sums + g * GROUP);
  for (int64_t k = 0; k < pairs; k++) {
    int32_t pair;
    __builtin_memcpy(&pair, x + 2 * k, sizeof pair);
    const __m256i v = _mm256_set1_epi32(pair);
    for (int g = 0; g < groups; g++)
      sum[g] = _mm256_add_epi32(
          sum[g], _mm256_madd_epi16(v, LOAD_256(w + (k * groups + g) * (2 * GROUP))));
  }
  for (int g = 0; g < groups; g++) STORE_256(sums + g * GROUP, sum[g]);
}

AVX2 static void add_block(
    const int16_t *x, const int16_t *w, int64_t pairs, int64_t groups, int32_t *sums) {
  switch (groups) {
  case 1: add_groups(x, w, pairs, 1, sums); break;
  case 2: add_groups(x, w, pairs, 2, sums); break;
  case 3: add_groups(x, w, pairs, 3, sums); break;
  case 4: add_groups(x, w, pairs, 4, sums); break;
  case 5: add_groups(x, w, pairs, 5, sums); break;
  case 6: add_groups(x, w, pairs, 6, sums); break;
  case 7: add_groups(x, w, pairs, 7, sums); break;
  default: add_groups(x, w, pairs, 8, sums);
  }
}

INLINE_AVX2 uint32_t dot(const int16_t *x, const int16_t *w, int64_t count) {
  uint32_t sum = 0;
  for (int64_t k = 0; k < count; k++) sum += (uint32_t)((int32_t)x[k] * w[k]);
  return sum;
}

AVX2 void rouse_int8_dense(
    const int8_t *x, int64_t step, int64_t positions, const int16_t *w, const int16_t *paired,
    int64_t results, int64_t row, const int32_t *bias, const rouse_rescaling *rescaling,
    int8_t *y) {
  int16_t wide[WIDE];
  int32_t sums[GROUP * GROUPS];
  const int64_t whole = results / GROUP * GROUP;
  for (int64_t p = 0; p < positions; p++, x += step, y += results)
    for (int64_t first = 0; first < results; first += GROUP * GROUPS) {
      const int64_t left = results - first;
      const int64_t count = left < GROUP * GROUPS ? left : GROUP * GROUPS;
      const int64_t groups = (whole - first < count ? whole - first : count) / GROUP;
      for (int64_t o = 0; o < count; o++) sums[o] = bias[first + o];
      for (int64_t start = 0; start < row; start += WIDE) {
        const int64_t length = row - start < WIDE ? row - start : WIDE;
        if (first == 0 || row > WIDE) {
          for (int64_t k = 0; k < length; k++) wide[k] = x[start + k];
          if (length & 1) wide[length] = 0;
        }
        if (groups > 0)
          add_block(
              wide, paired + first * even(row) + start * groups * GROUP, even(length) / 2, groups,
              sums);
        for (int64_t o = groups * GROUP; o < count; o++)
          sums[o] = (int32_t)((uint32_t)sums[o] + dot(wide, w + (first + o) * row + start, length));
      }
      rescaled(sums, first, count, rescaling, y + first);
    }
}

// MARK: Depthwise

// sums[c] = bias[c] + the sum over taps, for sixteen channels.
INLINE_AVX2 void add_tile(
    const int8_t *x, int64_t x_row, const int16_t *paired, int64_t taps, const int32_t *bias,
    int32_t *sums) {
  __m256i low = _mm256_setzero_si256(), high = low;
  for (int64_t t = 0; t < taps; t += 2, paired += 4 * GROUP) {
    const int8_t *a = x + t * x_row, *b = t + 1 < taps ? a + x_row : a;
    const __m256i v = _mm256_cvtepi8_epi16(LOAD_128(a)), u = _mm256_cvtepi8_epi16(LOAD_128(b));
    low = _mm256_add_epi32(
        low, _mm256_madd_epi16(_mm256_unpacklo_epi16(v, u), LOAD_256(paired)));
    high = _mm256_add_epi32(
        high, _mm256_madd_epi16(_mm256_unpackhi_epi16(v, u), LOAD_256(paired + 2 * GROUP)));
  }
  STORE_256(
      sums, _mm256_add_epi32(LOAD_256(bias), _mm256_permute2x128_si256(low, high, 0x20)));
  STORE_256(
      sums + GROUP,
      _mm256_add_epi32(LOAD_256(bias + GROUP), _mm256_permute2x128_si256(low, high, 0x31)));
}

AVX2 void rouse_int8_depthwise(
    const int8_t *x, int64_t step, int64_t positions, int64_t x_row, const int16_t *w,
    const int16_t *paired, int64_t taps, int64_t channels, const int32_t *bias,
    const rouse_rescaling *rescaling, int8_t *y) {
  enum { BLOCK = GROUP * GROUPS };
  int32_t sums[BLOCK];
  for (int64_t p = 0; p < positions; p++, x += step, y += channels)
    for (int64_t first = 0; first < channels; first += BLOCK) {
      const int64_t count = channels - first < BLOCK ? channels - first : BLOCK;
      int64_t c = 0;
      for (; c + TILE <= count; c += TILE)
        add_tile(
            x + first + c, x_row, paired + (first + c) * even(taps), taps, bias + first + c,
            sums + c);
      for (; c < count; c++) {
        uint32_t sum = (uint32_t)bias[first + c];
        for (int64_t t = 0; t < taps; t++)
          sum += (uint32_t)((int32_t)x[t * x_row + first + c] * w[t * channels + first + c]);
        sums[c] = (int32_t)sum;
      }
      rescaled(sums, first, count, rescaling, y + first);
    }
}

#else

bool rouse_int8_has_layers(void) { return false; }

void rouse_int8_dense(
    const int8_t *x, int64_t step, int64_t positions, const int16_t *w, const int16_t *paired,
    int64_t results, int64_t row, const int32_t *bias, const rouse_rescaling *rescaling,
    int8_t *y) {
  __builtin_trap();
}

void rouse_int8_depthwise(
    const int8_t *x, int64_t step, int64_t positions, int64_t x_row, const int16_t *w,
    const int16_t *paired, int64_t taps, int64_t channels, const int32_t *bias,
    const rouse_rescaling *rescaling, int8_t *y) {
  __builtin_trap();
}

#endif
