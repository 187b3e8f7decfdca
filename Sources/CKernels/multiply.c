#include <string.h>

#include "lanes.h"

// Rows of b that stay in the first-level cache while a part of a runs over them: 64 rows of 64 floats are 16 KiB.
enum { BLOCK = 64 };

// R rows and sixteen columns of c, of which the first `skip` are left as they are. Every sum runs over the inner index
// in order, so that its bits depend neither on the tile nor on the block it was made in.
INLINE void product_tile(
    const float *a, int64_t a_row, int64_t a_column, const float *b, int64_t b_row, float *c,
    int64_t c_row, int64_t inner, int adds, int64_t skip, const int R) {
  lanes sum[6];
  for (int i = 0; i < R; i++) sum[i] = adds ? LOAD(c + i * c_row) : (lanes){0};
  for (int64_t k = 0; k < inner; k++) {
    const lanes right = LOAD(b + k * b_row);
    for (int i = 0; i < R; i++) sum[i] += right * a[i * a_row + k * a_column];
  }
  if (skip == 0) {
    for (int i = 0; i < R; i++) STORE(c + i * c_row, sum[i]);
    return;
  }
  for (int i = 0; i < R; i++) {
    float row[LANES];
    STORE(row, sum[i]);
    memcpy(c + i * c_row + skip, row + skip, (size_t)(LANES - skip) * sizeof *row);
  }
}

MULTIVERSIONED void rouse_multiply(
    const float *a, int64_t a_row, int64_t a_column, const float *b, int64_t b_row, float *c,
    int64_t c_row, int64_t rows, int64_t columns, int64_t inner, int adds) {
  const int64_t last = columns - LANES, rest = columns % LANES;
  for (int64_t k = 0; k < inner; k += BLOCK, a += BLOCK * a_column, b += BLOCK * b_row) {
    const int64_t length = inner - k < BLOCK ? inner - k : BLOCK;
    const int continues = adds || k > 0;
    for (int64_t i = 0; i < rows;) {
      const int64_t count = part(rows - i);
      const float *left = a + i * a_row;
      float *result = c + i * c_row;
      for (int64_t j = 0; j <= last; j += LANES)
        WITH_CONSTANT(count, product_tile(
            left, a_row, a_column, b + j, b_row, result + j, c_row, length, continues, 0, R));
      if (rest > 0)
        WITH_CONSTANT(count, product_tile(
            left, a_row, a_column, b + last, b_row, result + last, c_row, length, continues,
            LANES - rest, R));
      i += count;
    }
  }
}

void rouse_transpose(const float *x, float *y, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) y[j * rows + i] = x[i * columns + j];
}
