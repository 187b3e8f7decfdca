#include <string.h>

#include "lanes.h"

// The common case has its own loops: windows of some rows over images one column wide, whole windows only.
static int is_column(const rouse_window *w) {
  return w->multiplier == 1 && w->width.input == 1 && w->width.output == 1 && w->width.kernel == 1
      && w->height.dilation == 1 && w->height.before == 0
      && (w->height.output - 1) * w->height.stride + w->height.kernel <= w->height.input
      && w->channels >= LANES;
}

// First tap of window `index` inside the input, and one past the last.
static int64_t first_tap(const rouse_axis *a, int64_t index) {
  const int64_t start = index * a->stride - a->before;
  return start < 0 ? (-start + a->dilation - 1) / a->dilation : 0;
}

static int64_t end_tap(const rouse_axis *a, int64_t index) {
  const int64_t start = index * a->stride - a->before;
  const int64_t end = (a->input - start + a->dilation - 1) / a->dilation;
  return end < a->kernel ? end : a->kernel;
}

// MARK: forward

// R results, sixteen channels each; accumulators run over the taps in order.
INLINE void forward_tile(
    const float *x, const float *w, const float *bias, float *y, int64_t taps, int64_t stride,
    int64_t channels, int64_t x_row, int64_t y_row, float low, float high, const int R) {
  lanes sum[6];
  const lanes start = bias ? LOAD(bias) : (lanes){0};
  for (int i = 0; i < R; i++) sum[i] = start;
  for (int64_t u = 0; u < taps; u++) {
    const lanes weight = LOAD(w + u * channels);
    for (int i = 0; i < R; i++) sum[i] += weight * LOAD(x + (u + i * stride) * x_row);
  }
  const lanes lows = SPLAT(low), highs = SPLAT(high);
  for (int i = 0; i < R; i++) STORE(y + i * y_row, CLAMP(sum[i], lows, highs));
}

MULTIVERSIONED static void column_forward(
    const float *x, const float *w, const float *bias, float *y, int64_t batch,
    const rouse_window *window, float low, float high) {
  const rouse_axis *a = &window->height;
  const int64_t channels = window->channels, x_row = window->x_row, y_row = window->y_row;
  for (int64_t b = 0; b < batch; b++) {
    const float *image = x + b * window->x_image;
    float *result = y + b * a->output * y_row;
    FOR_EACH_TILE(j, channels, {
      for (int64_t t = 0; t < a->output;) {
        const int64_t count = part(a->output - t);
        WITH_CONSTANT(count, forward_tile(
            image + t * a->stride * x_row + j, w + j, bias ? bias + j : bias,
            result + t * y_row + j, a->kernel, a->stride, channels, x_row, y_row, low, high, R));
        t += count;
      }
    })
  }
}

MULTIVERSIONED static void general_forward(
    const float *x, const float *w, const float *bias, float *y, int64_t batch,
    const rouse_window *window, float low, float high) {
  const rouse_axis *h = &window->height, *v = &window->width;
  const int64_t channels = window->channels, m = window->multiplier, results = channels * m;
  for (int64_t b = 0; b < batch; b++)
    for (int64_t i = 0; i < h->output; i++)
      for (int64_t k = 0; k < v->output; k++, y += results) {
        for (int64_t o = 0; o < results; o++) y[o] = bias ? bias[o] : 0;
        for (int64_t p = first_tap(h, i); p < end_tap(h, i); p++)
          for (int64_t q = first_tap(v, k); q < end_tap(v, k); q++) {
            const int64_t row = i * h->stride - h->before + p * h->dilation;
            const int64_t column = k * v->stride - v->before + q * v->dilation;
            const float *from = x + ((b * h->input + row) * v->input + column) * channels;
            const float *weight = w + (p * v->kernel + q) * results;
            for (int64_t c = 0; c < channels; c++)
              for (int64_t o = c * m; o < (c + 1) * m; o++) y[o] += from[c] * weight[o];
          }
        for (int64_t o = 0; o < results; o++) y[o] = clamp(y[o], low, high);
      }
}

void rouse_depthwise_forward(
    const float *x, const float *w, const float *bias, float *y, int64_t batch,
    const rouse_window *window, float low, float high) {
  (is_column(window) ? column_forward : general_forward)(
      x, w, bias, y, batch, window, low, high);
}

// MARK: gradient of the input

// R input rows from `t`: dx[t + i] = Σ_u dy[t + i − u] · w[u]. The taps first...end exist for all R rows and go first.
INLINE void input_gradient_tile(
    const float *dy, const float *w, float *dx, int64_t t, int64_t outputs, int64_t taps,
    int64_t channels, int64_t x_row, int64_t y_row, const int R) {
  lanes sum[6];
  int64_t first = t + R - outputs > 0 ? t + R - outputs : 0;
  int64_t end = t + 1 < taps ? t + 1 : taps;
  if (first >= end) first = end = 0;
  for (int i = 0; i < R; i++) sum[i] = (lanes){0};
  for (int64_t u = first; u < end; u++) {
    const lanes weight = LOAD(w + u * channels);
    for (int i = 0; i < R; i++) sum[i] += weight * LOAD(dy + (t + i - u) * y_row);
  }
  for (int i = 0; i < R; i++) {
    const int64_t row = t + i;
    const int64_t low = row + 1 - outputs > 0 ? row + 1 - outputs : 0;
    const int64_t high = row + 1 < taps ? row + 1 : taps;
    for (int64_t u = low; u < high; u++) {
      if (u == first) u = end;
      if (u >= high) break;
      sum[i] += LOAD(w + u * channels) * LOAD(dy + (row - u) * y_row);
    }
    STORE(dx + row * x_row, sum[i]);
  }
}

MULTIVERSIONED static void column_input_gradient(
    const float *dy, const float *w, float *dx, int64_t batch, const rouse_window *window) {
  const rouse_axis *a = &window->height;
  const int64_t channels = window->channels, x_row = window->x_row, y_row = window->y_row;
  for (int64_t b = 0; b < batch; b++) {
    const float *gradient = dy + b * a->output * y_row;
    float *result = dx + b * window->x_image;
    FOR_EACH_TILE(j, channels, {
      for (int64_t t = 0; t < a->input;) {
        const int64_t count = part(a->input - t);
        WITH_CONSTANT(count, input_gradient_tile(
            gradient + j, w + j, result + j, t, a->output, a->kernel, channels, x_row, y_row, R));
        t += count;
      }
    })
  }
}

MULTIVERSIONED static void general_input_gradient(
    const float *dy, const float *w, float *dx, int64_t batch, const rouse_window *window) {
  const rouse_axis *h = &window->height, *v = &window->width;
  const int64_t channels = window->channels, m = window->multiplier, results = channels * m;
  memset(dx, 0, (size_t)(batch * h->input * v->input * channels) * sizeof *dx);
  for (int64_t b = 0; b < batch; b++)
    for (int64_t i = 0; i < h->output; i++)
      for (int64_t k = 0; k < v->output; k++, dy += results)
        for (int64_t p = first_tap(h, i); p < end_tap(h, i); p++)
          for (int64_t q = first_tap(v, k); q < end_tap(v, k); q++) {
            const int64_t row = i * h->stride - h->before + p * h->dilation;
            const int64_t column = k * v->stride - v->before + q * v->dilation;
            float *to = dx + ((b * h->input + row) * v->input + column) * channels;
            const float *weight = w + (p * v->kernel + q) * results;
            for (int64_t c = 0; c < channels; c++)
              for (int64_t o = c * m; o < (c + 1) * m; o++) to[c] += dy[o] * weight[o];
          }
}

void rouse_depthwise_input_gradient(
    const float *dy, const float *w, float *dx, int64_t batch, const rouse_window *window) {
  const int fast = is_column(window) && window->height.stride == 1;
  (fast ? column_input_gradient : general_input_gradient)(dy, w, dx, batch, window);
}

// MARK: gradient of the weights

// R taps of one image: dw[i] += Σ_t x[t · stride + i] · dy[t].
INLINE void weight_gradient_tile(
    const float *x, const float *dy, float *dw, int64_t outputs, int64_t stride, int64_t channels,
    int64_t x_row, int64_t y_row, const int R) {
  lanes sum[6];
  for (int i = 0; i < R; i++) sum[i] = (lanes){0};
  for (int64_t t = 0; t < outputs; t++) {
    const lanes gradient = LOAD(dy + t * y_row);
    for (int i = 0; i < R; i++) sum[i] += gradient * LOAD(x + (t * stride + i) * x_row);
  }
  for (int i = 0; i < R; i++) STORE(dw + i * channels, LOAD(dw + i * channels) + sum[i]);
}

MULTIVERSIONED static void column_weight_gradient(
    const float *x, const float *dy, float *dw, int64_t batch, const rouse_window *window) {
  const rouse_axis *a = &window->height;
  const int64_t channels = window->channels, x_row = window->x_row, y_row = window->y_row;
  FOR_EACH_TILE(j, channels, {
    for (int64_t u = 0; u < a->kernel; u++) STORE(dw + u * channels + j, (lanes){0});
    for (int64_t b = 0; b < batch; b++) {
      const float *image = x + b * window->x_image + j;
      const float *gradient = dy + b * a->output * y_row + j;
      for (int64_t u = 0; u < a->kernel;) {
        const int64_t count = part(a->kernel - u);
        WITH_CONSTANT(count, weight_gradient_tile(
            image + u * x_row, gradient, dw + u * channels + j, a->output, a->stride, channels,
            x_row, y_row, R));
        u += count;
      }
    }
  })
}

MULTIVERSIONED static void general_weight_gradient(
    const float *x, const float *dy, float *dw, int64_t batch, const rouse_window *window) {
  const rouse_axis *h = &window->height, *v = &window->width;
  const int64_t channels = window->channels, m = window->multiplier, results = channels * m;
  memset(dw, 0, (size_t)(h->kernel * v->kernel * results) * sizeof *dw);
  for (int64_t b = 0; b < batch; b++)
    for (int64_t i = 0; i < h->output; i++)
      for (int64_t k = 0; k < v->output; k++, dy += results)
        for (int64_t p = first_tap(h, i); p < end_tap(h, i); p++)
          for (int64_t q = first_tap(v, k); q < end_tap(v, k); q++) {
            const int64_t row = i * h->stride - h->before + p * h->dilation;
            const int64_t column = k * v->stride - v->before + q * v->dilation;
            const float *from = x + ((b * h->input + row) * v->input + column) * channels;
            float *to = dw + (p * v->kernel + q) * results;
            for (int64_t c = 0; c < channels; c++)
              for (int64_t o = c * m; o < (c + 1) * m; o++) to[o] += dy[o] * from[c];
          }
}

void rouse_depthwise_weight_gradient(
    const float *x, const float *dy, float *dw, int64_t batch, const rouse_window *window) {
  (is_column(window) ? column_weight_gradient : general_weight_gradient)(
      x, dy, dw, batch, window);
}
