#include "ckernels.h"

// The compression function of SHA-256 in the instructions that some x86-64 processors have for it. Words of the state lie
// in two registers as the instructions want them: {F, E, B, A} and {H, G, D, C}, lowest lane first.
//
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, SHA256RNDS2, SHA256MSG1, SHA256MSG2.

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

bool rouse_sha256_has_instructions(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3)) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

__attribute__((target("sha,sse4.1,ssse3"))) void rouse_sha256_compress(
    uint32_t state[8], const uint8_t *blocks, int64_t count, const uint32_t constants[64]) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0x1b);
  const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  __m128i abef = _mm_unpackhi_epi64(efgh, abcd), cdgh = _mm_unpacklo_epi64(efgh, abcd);
  for (; count > 0; count--, blocks += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    // The last sixteen words of the message schedule, four to a register.
    __m128i w[4];
    for (int i = 0; i < 4; i++)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks + 16 * i)), big_endian);
#pragma unroll
    for (int t = 0; t < 16; t++) {
      if (t >= 4) {
        const __m128i sevenths = _mm_alignr_epi8(w[(t + 3) & 3], w[(t + 2) & 3], 4);
        const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[t & 3], w[(t + 1) & 3]), sevenths);
        w[t & 3] = _mm_sha256msg2_epu32(sum, w[(t + 3) & 3]);
      }
      const __m128i words =
          _mm_add_epi32(w[t & 3], _mm_loadu_si128((const __m128i *)(constants + 4 * t)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  _mm_storeu_si128(
      (__m128i *)state, _mm_shuffle_epi32(_mm_unpackhi_epi64(cdgh, abef), 0x1b));
  _mm_storeu_si128(
      (__m128i *)(state + 4), _mm_shuffle_epi32(_mm_unpacklo_epi64(cdgh, abef), 0x1b));
}

#else

bool rouse_sha256_has_instructions(void) { return false; }

void rouse_sha256_compress(
    uint32_t state[8], const uint8_t *blocks, int64_t count, const uint32_t constants[64]) {
  __builtin_trap();
}

#endif
