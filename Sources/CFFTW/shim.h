#pragma once
#include <fftw3.h>

/// `FFTW_ESTIMATE` and `FFTW_PRESERVE_INPUT` are unsigned shift macros, which Swift does not import.
static inline unsigned rouse_fftw_estimate(void) { return FFTW_ESTIMATE; }
