#pragma once

#include "lanes.h"

// sum * multiplier * 2^(left - right - 31) + zero_point in the two roundings of FixedPoint.swift, where the rule is
// explained; FixedPointTests compare the two for every shift. multiplier is not negative, left and right are 0...31.
INLINE int32_t rescale(
    int32_t value, int32_t multiplier, int32_t left, int32_t right, int32_t zero_point) {
  const int32_t sum = (int32_t)((uint32_t)value << left);
  // Half towards plus infinity. Multipliers are not negative, so the product never saturates.
  const int32_t product = (int32_t)(((int64_t)sum * multiplier + (1 << 30)) >> 31);
  // Half away from zero.
  const int32_t mask = (int32_t)((1u << right) - 1);
  const int32_t up = (product & mask) > (mask >> 1) + (product < 0);
  return (int32_t)((uint32_t)(product >> right) + (uint32_t)up + (uint32_t)zero_point);
}
