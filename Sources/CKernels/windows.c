#include <string.h>

#include "ckernels.h"

// True when a window is one run of memory.
static int is_contiguous(const rouse_window *w) {
  return w->width.input == 1 && w->width.output == 1 && w->width.kernel == 1
      && w->height.dilation == 1 && w->height.before == 0
      && (w->height.output - 1) * w->height.stride + w->height.kernel <= w->height.input;
}

void rouse_gather_patches(
    const float *x, float *patches, int64_t batch, const rouse_window *window) {
  const rouse_axis *h = &window->height, *v = &window->width;
  const int64_t channels = window->channels, step = h->stride * channels;
  const int64_t run = h->kernel * channels;
  const size_t bytes = (size_t)channels * sizeof *x;
  if (is_contiguous(window)) {
    for (int64_t b = 0; b < batch; b++)
      for (int64_t i = 0; i < h->output; i++, patches += run)
        memcpy(patches, x + b * h->input * channels + i * step, (size_t)run * sizeof *x);
    return;
  }
  for (int64_t b = 0; b < batch; b++)
    for (int64_t i = 0; i < h->output; i++)
      for (int64_t k = 0; k < v->output; k++)
        for (int64_t p = 0; p < h->kernel; p++)
          for (int64_t q = 0; q < v->kernel; q++, patches += channels) {
            const int64_t row = i * h->stride - h->before + p * h->dilation;
            const int64_t column = k * v->stride - v->before + q * v->dilation;
            if (row < 0 || row >= h->input || column < 0 || column >= v->input)
              memset(patches, 0, bytes);
            else
              memcpy(patches, x + ((b * h->input + row) * v->input + column) * channels, bytes);
          }
}

void rouse_scatter_patches(
    const float *patches, float *dx, int64_t batch, const rouse_window *window) {
  const rouse_axis *h = &window->height, *v = &window->width;
  const int64_t channels = window->channels;
  memset(dx, 0, (size_t)(batch * h->input * v->input * channels) * sizeof *dx);
  for (int64_t b = 0; b < batch; b++)
    for (int64_t i = 0; i < h->output; i++)
      for (int64_t k = 0; k < v->output; k++)
        for (int64_t p = 0; p < h->kernel; p++)
          for (int64_t q = 0; q < v->kernel; q++, patches += channels) {
            const int64_t row = i * h->stride - h->before + p * h->dilation;
            const int64_t column = k * v->stride - v->before + q * v->dilation;
            if (row < 0 || row >= h->input || column < 0 || column >= v->input) continue;
            float *to = dx + ((b * h->input + row) * v->input + column) * channels;
            for (int64_t c = 0; c < channels; c++) to[c] += patches[c];
          }
}
