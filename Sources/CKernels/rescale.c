#include "rescale.h"

MULTIVERSIONED void rouse_int8_rescale(
    const int32_t *sums, const int32_t *multipliers, const int32_t *lefts, const int32_t *rights,
    int64_t channels, int32_t zero_point, int32_t low, int32_t high, int8_t *results) {
  for (int64_t k = 0; k < channels; k++) {
    const int32_t scaled = rescale(sums[k], multipliers[k], lefts[k], rights[k], zero_point);
    results[k] = (int8_t)(scaled < low ? low : scaled > high ? high : scaled);
  }
}
