// Sixteen floats at a time, whatever the processor has: one AVX-512 register, two of AVX2, four of SSE2 or NEON.
#pragma once

#include <stdint.h>

#include "ckernels.h"

#if defined(__x86_64__)
// One clone for each level of x86-64; the dynamic linker picks the best at load time.
#define MULTIVERSIONED \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
// The widths of the level apply only to functions that ask for them.
#define INLINE static inline __attribute__((always_inline, min_vector_width(512)))
#else
#define MULTIVERSIONED
#define INLINE static inline __attribute__((always_inline))
#endif

enum { LANES = 16 };

typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t lane_mask __attribute__((vector_size(64), aligned(4), may_alias));

#define LOAD(address) (*(const lanes *)(address))
#define STORE(address, value) (*(lanes *)(address) = (value))
#define SPLAT(value) ((lanes){0} + (value))
// mask ? a : b, lane by lane; a mask is the result of a comparison.
#define SELECT(mask, a, b) \
  ((lanes)(((lane_mask)(mask) & (lane_mask)(a)) | (~(lane_mask)(mask) & (lane_mask)(b))))
// Limits value to low...high; a NaN stays one.
#define CLAMP(value, low, high) CLAMP_LOW(CLAMP_HIGH(value, high), low)
#define CLAMP_LOW(value, low) SELECT((low) > (value), low, value)
#define CLAMP_HIGH(value, high) SELECT((high) < (value), high, value)

// The same for one float.
INLINE float clamp(float value, float low, float high) {
  value = high < value ? high : value;
  return low > value ? low : value;
}

// Runs `body` for tiles of sixteen channels starting at `j`. The last tile overlaps the one before it when the number of
// channels is no multiple of sixteen, so a body must assign its
// results, not add to them. With fewer than sixteen channels no tile runs.
#define FOR_EACH_TILE(j, channels, body)                                  \
  if ((channels) >= LANES)                                                \
    for (int64_t j##_next = 0; j##_next < (channels); j##_next += LANES) { \
      const int64_t j = j##_next + LANES <= (channels) ? j##_next : (channels) - LANES; \
      body                                                                \
    }

// Calls `call` with the constant R equal to `count` in 1...6, so that R accumulators stay in registers: with R = 6 they
// fit the 16 registers of AVX2 (two for each) and hide the latency of a fused multiply-add on AVX-512.
#define WITH_CONSTANT(count, call)       \
  switch (count) {                       \
  case 1: { enum { R = 1 }; call; break; } \
  case 2: { enum { R = 2 }; call; break; } \
  case 3: { enum { R = 3 }; call; break; } \
  case 4: { enum { R = 4 }; call; break; } \
  case 5: { enum { R = 5 }; call; break; } \
  default: { enum { R = 6 }; call; break; } \
  }

// The next of the nearly equal parts, at most six long, that `left` things are cut into.
INLINE int64_t part(int64_t left) {
  const int64_t parts = (left + 5) / 6;
  return (left + parts - 1) / parts;
}
