#include "ckernels.h"
void rouse_kernels_version(void) {}
