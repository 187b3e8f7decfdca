#include <string.h>

#include "lanes.h"

// The micro front-end from samples to the energies of the mel channels, for sixteen windows at once: lane `w` of every
// vector belongs to window `w`, so no stage moves numbers between lanes, whatever the width of the processor's registers.
//
// All arithmetic is on integers, and every number is that of the original: kissfft with 16-bit fixed point
// (`kiss_fftr.c`, `kf_bfly4`) and TensorFlow's `microfrontend/lib/window.c`, `fft.c` and `filterbank.c`. Every product is
// `(a * b + 2^14) >> 15`, sums wrap at 16 bits, and before a radix-p butterfly each number is multiplied by `32767 / p`,
// truncated to an integer.

// Vectors wider than the registers are passed between functions that are always inlined, so no calling convention matters.
#pragma clang diagnostic ignored "-Wpsabi"

enum { WINDOWS = ROUSE_FRONT_END_WINDOWS, POINTS = 256, BINS = POINTS + 1 };

typedef int16_t half_lanes __attribute__((vector_size(16), aligned(2), may_alias));
typedef int16_t shorts __attribute__((vector_size(32)));
typedef int32_t words __attribute__((vector_size(64)));
typedef uint32_t unsigned_words __attribute__((vector_size(64)));
typedef uint64_t quads __attribute__((vector_size(128)));

// Complex numbers of sixteen windows.
typedef struct {
  shorts re, im;
} complex_lanes;

INLINE words wide(shorts x) { return __builtin_convertvector(x, words); }
INLINE shorts narrow(words x) { return __builtin_convertvector(x, shorts); }

INLINE shorts larger(shorts a, shorts b) {
  const shorts is_larger = a > b;
  return (a & is_larger) | (b & ~is_larger);
}

// (x * factor + 2^14) >> 15, written as the one instruction that does it is described.
INLINE shorts scaled(shorts x, int16_t factor) {
  return narrow((((wide(x) * factor) >> 14) + 1) >> 1);
}

// x * (32767 / 4) / 32768
INLINE complex_lanes quartered(complex_lanes x) {
  return (complex_lanes){scaled(x.re, 8191), scaled(x.im, 8191)};
}

// x * (32767 / 2) / 32768
INLINE shorts halved(shorts x) { return scaled(x, 16383); }

// x * e^(-2 pi i n / 512), both parts rounded once.
INLINE complex_lanes product(complex_lanes x, const int16_t *factors, int n) {
  const words a = wide(x.re), b = wide(x.im);
  const int32_t c = factors[2 * n], d = factors[2 * n + 1];
  return (complex_lanes){
      narrow((a * c - b * d + (1 << 14)) >> 15), narrow((a * d + b * c + (1 << 14)) >> 15)};
}

// The four-point transform of x[0], x[m], x[2m] and x[3m], in place.
INLINE void combine(complex_lanes *x, int m, complex_lanes a, complex_lanes b, complex_lanes c,
                    complex_lanes d) {
  const complex_lanes difference02 = {a.re - c.re, a.im - c.im};
  const complex_lanes sum02 = {a.re + c.re, a.im + c.im};
  const complex_lanes sum13 = {b.re + d.re, b.im + d.im};
  const complex_lanes difference13 = {b.re - d.re, b.im - d.im};
  x[0] = (complex_lanes){sum02.re + sum13.re, sum02.im + sum13.im};
  x[m] = (complex_lanes){difference02.re + difference13.im, difference02.im - difference13.re};
  x[2 * m] = (complex_lanes){sum02.re - sum13.re, sum02.im - sum13.im};
  x[3 * m] = (complex_lanes){difference02.re - difference13.im, difference02.im + difference13.re};
}

// Eight samples of eight windows, transposed: result `n` of window `w` is window `w`'s sample `n`.
INLINE void transpose(const half_lanes *a, half_lanes *b) {
  half_lanes c[8], d[8];
#define LOW(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(x, y) __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
  for (int i = 0; i < 4; i++) c[2 * i] = LOW(a[i], a[i + 4]), c[2 * i + 1] = HIGH(a[i], a[i + 4]);
  for (int i = 0; i < 4; i++) d[2 * i] = LOW(c[i], c[i + 4]), d[2 * i + 1] = HIGH(c[i], c[i + 4]);
  for (int i = 0; i < 4; i++) b[2 * i] = LOW(d[i], d[i + 4]), b[2 * i + 1] = HIGH(d[i], d[i + 4]);
#undef LOW
#undef HIGH
}

// x = (samples * window) >> 12 and the factor that scales each window up until its largest number uses all 15 bits; its
// bits in `shifts`. -32768 stays negative and is never the largest, as in the original.
INLINE shorts load(const int16_t *const *starts, const rouse_front_end_tables *tables, shorts *x,
                   uint32_t *shifts) {
  shorts largest = {0};
  for (int n = 0; n < ROUSE_FRONT_END_SAMPLES; n += 8)
    for (int half = 0; half < 2; half++) {
      half_lanes rows[8], columns[8];
      for (int w = 0; w < 8; w++) memcpy(&rows[w], starts[8 * half + w] + n, sizeof rows[w]);
      transpose(rows, columns);
      for (int i = 0; i < 8; i++) memcpy((int16_t *)&x[n + i] + 8 * half, &columns[i], 16);
    }
  for (int n = 0; n < ROUSE_FRONT_END_SAMPLES; n++) {
    x[n] = narrow((wide(x[n]) * tables->window[n]) >> 12);
    largest = larger(largest, larger(x[n], -x[n]));
  }
  shorts scale;
  for (int w = 0; w < WINDOWS; w++) {
    shifts[w] = largest[w] ? (uint32_t)__builtin_clz((uint32_t)largest[w]) - 17 : 15;
    scale[w] = (int16_t)(1 << shifts[w]);
  }
  return scale;
}

// The place of point `r` of 64 when the three base-4 digits of its number change order.
INLINE int reversed(int r) { return (r & 3) * 16 + (r & 12) + (r >> 4); }

// The 256-point transform of z[j] = x[2j] + i * x[2j + 1], scaled by 1/256. Samples from 480 on are 0.
INLINE void transform(const shorts *x, shorts scale, complex_lanes *z,
                      const int16_t *factors) {
  // All factors of the first stage are 1, and multiplying by 32767/32768 with rounding changes no number of magnitude up
  // to 2^14, so nothing is multiplied.
  for (int r = 0; r < 64; r++) {
    complex_lanes in[4];
    for (int j = 0; j < 4; j++) {
      const int n = 2 * (r + 64 * j);
      in[j] = n < ROUSE_FRONT_END_SAMPLES
          ? quartered((complex_lanes){x[n] * scale, x[n + 1] * scale})
          : (complex_lanes){{0}, {0}};
    }
    combine(z + 4 * reversed(r), 1, in[0], in[1], in[2], in[3]);
  }
  for (int m = 4; m < POINTS; m *= 4)
    for (int k = 0; k < m; k++) {
      const int angle = k * (2 * POINTS / 4) / m;
      for (int i = k; i < POINTS; i += 4 * m)
        combine(z + i, m, quartered(z[i]), product(quartered(z[i + m]), factors, angle),
                product(quartered(z[i + 2 * m]), factors, 2 * angle),
                product(quartered(z[i + 3 * m]), factors, 3 * angle));
    }
}

// re^2 + im^2
INLINE unsigned_words energy(words re, words im) {
  // Storing the halves in 16 bits keeps them as they are; saying so lets the compiler multiply 16-bit numbers.
  const words a = wide(narrow(re)), b = wide(narrow(im));
  return (unsigned_words)(a * a + b * b);
}

// Separates the spectra of even and odd samples, joins them to bins k and 256 - k, and takes the energies. Bins 0 and 256
// are left out, no filter looks at them.
INLINE void separate(const complex_lanes *z, unsigned_words *energies,
                     const int16_t *factors) {
  for (int k = 1; k <= POINTS / 2; k++) {
    const complex_lanes p = {halved(z[k].re), halved(z[k].im)};
    const complex_lanes n = {halved(z[POINTS - k].re), halved(-z[POINTS - k].im)};
    const words f_re = wide(p.re + n.re), f_im = wide(p.im + n.im);
    // -i * e^(-2 pi i k / 512)
    const complex_lanes turned =
        product((complex_lanes){p.re - n.re, p.im - n.im}, factors, k + POINTS / 2);
    const words t_re = wide(turned.re), t_im = wide(turned.im);
    energies[k] = energy((f_re + t_re) >> 1, (f_im + t_im) >> 1);
    // Bin 128 is both k and 256 - k; the original keeps the latter.
    energies[POINTS - k] = energy((f_re - t_re) >> 1, (t_im - f_im) >> 1);
  }
}

// sums[w][c] = the sum of (4096 - weight) * energy over band c and of weight * energy over band c + 1.
INLINE void filter(const unsigned_words *energies, const rouse_front_end_tables *tables,
                   uint64_t *sums) {
  quads rising = {0};
  const uint16_t *weight = tables->weights;
  for (int band = 0; band <= ROUSE_FRONT_END_CHANNELS; band++) {
    quads plain = {0}, falling = {0};
    for (int bin = tables->bands[band]; bin < tables->bands[band + 1]; bin++, weight++) {
      const quads energy = __builtin_convertvector(energies[bin], quads);
      plain += energy;
      falling += energy * (uint64_t)*weight;
    }
    if (band > 0) {
      const quads sum = rising + falling;
      for (int w = 0; w < WINDOWS; w++) sums[w * ROUSE_FRONT_END_CHANNELS + band - 1] = sum[w];
    }
    rising = (plain << 12) - falling;
  }
}

MULTIVERSIONED void rouse_front_end_energies(
    const int16_t *samples, int64_t step, int64_t count, const rouse_front_end_tables *tables,
    uint64_t *sums, uint32_t *shifts) {
  const int16_t *starts[WINDOWS];
  for (int64_t w = 0; w < WINDOWS; w++) starts[w] = samples + (w < count ? w : count - 1) * step;
  shorts x[ROUSE_FRONT_END_SAMPLES];
  complex_lanes z[POINTS];
  unsigned_words energies[BINS];
  const shorts scale = load(starts, tables, x, shifts);
  transform(x, scale, z, tables->factors);
  separate(z, energies, tables->factors);
  filter(energies, tables, sums);
}
