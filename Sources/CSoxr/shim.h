#pragma once
#include <soxr.h>

/// `SOXR_HQ` is defined through another macro, which Swift does not import.
static inline unsigned long rouse_soxr_high_quality(void) { return SOXR_HQ; }
