#include "lanes.h"

// The vector form of FixedPoint.swift, where the rule is explained; FixedPointTests compare the two for every shift.
MULTIVERSIONED void rouse_int8_rescale(
    const int32_t *sums, const int32_t *multipliers, const int32_t *lefts, const int32_t *rights,
    int64_t channels, int32_t zero_point, int32_t low, int32_t high, int8_t *results) {
  for (int64_t k = 0; k < channels; k++) {
    const int32_t sum = (int32_t)((uint32_t)sums[k] << lefts[k]);
    // Half towards plus infinity. Multipliers are not negative, so the product never saturates.
    const int32_t product = (int32_t)(((int64_t)sum * multipliers[k] + (1 << 30)) >> 31);
    // Half away from zero.
    const int32_t mask = (int32_t)((1u << rights[k]) - 1);
    const int32_t up = (product & mask) > (mask >> 1) + (product < 0);
    const int32_t scaled = (int32_t)((uint32_t)(product >> rights[k]) + (uint32_t)up + (uint32_t)zero_point);
    results[k] = (int8_t)(scaled < low ? low : scaled > high ? high : scaled);
  }
}
