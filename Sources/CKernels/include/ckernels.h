// Kernels that need wide vectors or instructions that only some processors have. Only RouseNumerics calls them.
//
// All tensors are row-major and channel-last. No kernel allocates, and none relaxes IEEE arithmetic; a product and a sum
// may be fused where the processor can. A result never depends on how a batch was split into calls.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// One spatial axis of a sliding window. `before` is the padding in front of the input.
typedef struct {
  int64_t input, output, kernel, stride, dilation, before;
} rouse_axis;

// How windows slide over `batch` images of `channels` channels.
typedef struct {
  rouse_axis height, width;
  int64_t channels;
  int64_t multiplier;
  // Floats from one row or image to the next. Only the depthwise kernels look at them, and only where an image is one
  // column wide: channels of a wider tensor, and rows of a longer one, are then convolved where they lie.
  int64_t x_row, x_image, y_row;
} rouse_window;

// MARK: windows.c: convolution by a matrix product

// patches[b, i, j, u, v, c] = x[b, window position, c], 0 in the padding.
void rouse_gather_patches(
    const float *x, float *patches, int64_t batch, const rouse_window *window);

// The adjoint of rouse_gather_patches: dx is overwritten with the sum of all patches that each element is in.
void rouse_scatter_patches(
    const float *patches, float *dx, int64_t batch, const rouse_window *window);

// MARK: depthwise.c: w is [kernelH, kernelW, channels * multiplier]

// y = clamp(depthwise(x, w) + bias). bias may be null.
void rouse_depthwise_forward(
    const float *x, const float *w, const float *bias, float *y, int64_t batch,
    const rouse_window *window, float low, float high);

// dx is overwritten.
void rouse_depthwise_input_gradient(
    const float *dy, const float *w, float *dx, int64_t batch, const rouse_window *window);

// dw is overwritten.
void rouse_depthwise_weight_gradient(
    const float *x, const float *dy, float *dw, int64_t batch, const rouse_window *window);

// MARK: elementwise.c

// y[r, c] = clamp(x[r, c] + bias[c]). bias may be null, x may be y.
void rouse_bias_clamp(
    const float *x, const float *bias, float *y, int64_t rows, int64_t channels, float low,
    float high);

// dz = dy where low < y < high, else 0.
void rouse_clamp_gradient(
    const float *y, const float *dy, float *dz, int64_t count, float low, float high);

// sums[c] = the sum over rows of x[r * row + c].
void rouse_column_sums(
    const float *x, float *sums, int64_t rows, int64_t channels, int64_t row);

// y[i] = a[i] * b[i]
void rouse_multiply(const float *a, const float *b, float *y, int64_t count);

// total[i] = parts[0, i] + parts[1, i] + ... in this order.
void rouse_sum_parts(const float *parts, float *total, int64_t parts_count, int64_t count);

// MARK: normalize.c: batch normalization over rows of channels

// sums[c] = the sum over rows of (x - origin[c]), squares[c] of its square.
void rouse_moments(
    const float *x, const float *origin, float *sums, float *squares, int64_t rows,
    int64_t channels);

// y = clamp(scale * (x - mean) + beta).
void rouse_normalize(
    const float *x, const float *scale, const float *mean, const float *beta, float *y,
    int64_t rows, int64_t channels, float low, float high);

// With dz = dy where rouse_normalize did not clamp, else 0:
// sums[c] = the sum over rows of dz, products[c] of dz * (x - mean).
void rouse_normalize_sums(
    const float *x, const float *dy, const float *scale, const float *mean, const float *beta,
    float *sums, float *products, int64_t rows, int64_t channels, float low, float high);

// dx = scale * dz + slope * (x - mean) + offset, with the same dz.
void rouse_normalize_input_gradient(
    const float *x, const float *dy, const float *scale, const float *mean, const float *beta,
    const float *slope, const float *offset, float *dx, int64_t rows, int64_t channels, float low,
    float high);

// MARK: integers.c: sums that wrap in 32 bits; every product fits them

// sums[o] += the sum over k < count of x[k] * w[o * row + k], for o < rows.
void rouse_int8_dots(
    const int8_t *x, const int16_t *w, int64_t count, int64_t row, int64_t rows, int32_t *sums);

// sums[k] += the sum over t < taps of x[t * x_row + k] * w[t * w_row + k], for k < channels. sums does not overlap x or w.
void rouse_int8_columns(
    const int8_t *x, int64_t x_row, const int16_t *w, int64_t w_row, int64_t taps,
    int64_t channels, int32_t *sums);

// MARK: rescale.c: two roundings

// results[k] = clamp(sums[k] * real[k] + zero_point), real[k] = multipliers[k] * 2^(lefts[k] - rights[k] - 31).
// multipliers are not negative, lefts and rights are 0...31.
void rouse_int8_rescale(
    const int32_t *sums, const int32_t *multipliers, const int32_t *lefts, const int32_t *rights,
    int64_t channels, int32_t zero_point, int32_t low, int32_t high, int8_t *results);

// MARK: layers.c: sums and rescaling of a whole layer, for processors with AVX2

// How sums become int8: the arguments of rouse_int8_rescale.
typedef struct {
  const int32_t *multipliers, *lefts, *rights;
  int32_t zero_point, low, high;
} rouse_rescaling;

// True when this processor has what the two layers below need.
bool rouse_int8_has_layers(void);

// Weights [results, row] as rouse_int8_dense reads them: for eight results at a time, two columns beside each other.
// paired has room for results / 8 * 8 * ((row + 1) / 2 * 2) numbers.
void rouse_int8_pair_rows(const int16_t *w, int64_t results, int64_t row, int16_t *paired);

// y[p, o] = clamp((bias[o] + the sum over k < row of x[p * step + k] * w[o, k]) * real[o] + zero_point).
// paired is made of w by rouse_int8_pair_rows. y overlaps no x that a later position reads.
void rouse_int8_dense(
    const int8_t *x, int64_t step, int64_t positions, const int16_t *w, const int16_t *paired,
    int64_t results, int64_t row, const int32_t *bias, const rouse_rescaling *rescaling, int8_t *y);

// Weights [taps, channels] as rouse_int8_depthwise reads them: for sixteen channels at a time, two taps beside each other.
// paired has room for channels / 16 * 16 * ((taps + 1) / 2 * 2) numbers.
void rouse_int8_pair_taps(const int16_t *w, int64_t taps, int64_t channels, int16_t *paired);

// y[p, c] = clamp((bias[c] + the sum over t < taps of x[p * step + t * x_row + c] * w[t, c]) * real[c] + zero_point).
// paired is made of w by rouse_int8_pair_taps. y overlaps no x that a later position reads.
void rouse_int8_depthwise(
    const int8_t *x, int64_t step, int64_t positions, int64_t x_row, const int16_t *w,
    const int16_t *paired, int64_t taps, int64_t channels, const int32_t *bias,
    const rouse_rescaling *rescaling, int8_t *y);

// MARK: simulate.c: integers in floats

// y[i] = clamp(x[i] / scale, rounded half away from zero), the quotient in double. A NaN stays one.
void rouse_fake_quantize(
    const float *x, float *y, int64_t count, double scale, double low, double high);

// dx[i] = dy[i] / scale where rouse_fake_quantize did not clamp, else 0.
void rouse_fake_quantize_gradient(
    const float *x, const float *dy, float *dx, int64_t count, double scale, double low, double high);

// y[r, c] = clamp(total * real[c] + zero_point) - zero_point, rounded as rouse_int8_rescale rounds, where total =
// bias[c] + the sum over p < parts of sums[r, p * channels + c], wrapping in 32 bits. All floats hold integers.
void rouse_fake_requantize(
    const float *sums, const float *bias, const int32_t *multipliers, const int32_t *lefts,
    const int32_t *rights, int64_t rows, int64_t channels, int64_t parts, int32_t zero_point,
    int32_t low, int32_t high, float *y);

// dx[r, p * channels + c] = slopes[c] * dy[r, c] where rouse_fake_requantize did not clamp, else 0; dbias[c] = the sum
// over rows of the same. dx may be null.
void rouse_fake_requantize_gradient(
    const float *sums, const float *bias, const float *dy, const int32_t *multipliers,
    const int32_t *lefts, const int32_t *rights, const float *slopes, int64_t rows,
    int64_t channels, int64_t parts, int32_t zero_point, int32_t low, int32_t high, float *dx,
    float *dbias);

// MARK: front_end.c, front_end_channels.c: the micro front-end in integers, the same bits on every processor

enum {
  ROUSE_FRONT_END_WINDOWS = 16,
  ROUSE_FRONT_END_SAMPLES = 480,
  ROUSE_FRONT_END_CHANNELS = 40
};

typedef struct {
  const int16_t *window;    // [480], 12 fractional bits
  const int16_t *factors;   // [385, 2], real and imaginary part of e^(-2 pi i n / 512), 15 fractional bits
  const uint16_t *weights;  // [bands[41] - bands[0]], 12 fractional bits
  const int32_t *bands;     // [42], first bin of each of the 41 bands and the end of the last
  const int32_t *gain_first;       // [2], gain at noise estimates 0 and 1
  const int32_t *gain_segments;    // [31, 3], start, slope and curve from each power of two, 2 first
  const int32_t *log_corrections;  // [129], what a straight line misses of log2, 16 fractional bits
} rouse_front_end_tables;

// sums[w, c] = the energy of mel channel c in the window of 480 samples that begins at samples[w * step], scaled by
// 2^(2 * shifts[w]), for w < count <= 16. Both results hold 16 windows; those from count on are no results.
void rouse_front_end_energies(
    const int16_t *samples, int64_t step, int64_t count, const rouse_front_end_tables *tables,
    uint64_t *sums, uint32_t *shifts);

// rows[w, c] from the results of rouse_front_end_energies; the 40 noise estimates move on by `count` rows.
void rouse_front_end_rows(
    const uint64_t *sums, const uint32_t *shifts, int64_t count,
    const rouse_front_end_tables *tables, uint32_t *estimates, uint16_t *rows);

// roots[k] = the square root of x[k] to the nearest integer, x[k] < 2^48; at most 65535 where x[k] < 2^32.
void rouse_rounded_roots(const uint64_t *x, uint32_t *roots, int64_t count);

// MARK: audio.c: the samples of a clip

// The sum of x[k]^2 for k < count.
double rouse_sum_of_squares(const float *x, int64_t count);

// powers[f] = the mean of x[f * length + k]^2 over k < length.
void rouse_frame_powers(const float *x, int64_t frames, int64_t length, float *powers);

// The largest |x[k]|, 0 for no samples.
float rouse_peak(const float *x, int64_t count);

// x = clamp(x * factor, -limit, limit)
void rouse_scale_clip(float *x, int64_t count, float factor, float limit);

// y += factor * x
void rouse_add_scaled(float *y, const float *x, int64_t count, float factor);

// y = clamp(32768 * x) rounded half to even; 0 for a NaN.
void rouse_to_int16(const float *x, int16_t *y, int64_t count);

// x = scale * tanh(drive * x) within 2^-17 * scale.
void rouse_soft_clip(float *x, int64_t count, float drive, float scale);

// x = x through eight filters one after another, from rest:
// y[n] = b0 x[n] + b1 x[n - 1] + b2 x[n - 2] - a1 y[n - 1] - a2 y[n - 2].
void rouse_biquads(
    float *x, int64_t count, const float *b0, const float *b1, const float *b2, const float *a1,
    const float *a2);

// y += x * h over complex numbers as pairs, `count` floats: re holds each real part of h twice, im each imaginary part
// negative and positive.
void rouse_multiply_add_spectra(
    const float *x, const float *re, const float *im, float *y, int64_t count);

// y[n] = the sum over k < taps of x[p + k] * h[k] with p + f = start + n * step, h the table's row f * phases, between two
// rows a mixture. table is [phases + 1, taps]; taps is a multiple of 8.
void rouse_resample(
    const float *x, double start, double step, const float *table, int64_t phases, int64_t taps,
    float *y, int64_t count);

// The first k among 0, stride, 2 stride, ... < offsets whose sum over i < count of (wanted[i] - x[k + i])^2 is least; count
// is a multiple of 16.
int64_t rouse_nearest_segment(
    const float *wanted, const float *x, int64_t offsets, int64_t stride, int64_t count);

// MARK: sha256.c

// True when this processor has instructions for SHA-256.
bool rouse_sha256_has_instructions(void);

// Takes `count` blocks of 64 bytes into the hash value, on a processor that has the instructions.
void rouse_sha256_compress(
    uint32_t state[8], const uint8_t *blocks, int64_t count, const uint32_t constants[64]);
