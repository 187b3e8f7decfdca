import RouseNumerics

/// A convolution along time as a few matrix products over the input where it lies: no patches are gathered.
///
/// An image is read as a matrix whose rows hold the `stride` time rows from one window to the next. A window of `kernel`
/// rows covers `⌈kernel / stride⌉` rows of that matrix, so the product falls into as many pieces, each over the matrix
/// shifted by one more row. Windows that would leave their image are computed too, and dropped: a few results of each image
/// against a copy of the input that is `kernel / stride` times as large.
struct ShiftedProducts: Hashable {
  let window: Window
  let results: Int
  /// Elements of one row of the matrix.
  let pitch: Int
  /// Rows of the matrix in one image: windows, dropped ones included.
  let rows: Int

  /// Nil when an image is not such a matrix, or a product over gathered patches costs nothing more.
  init?(_ window: Window, results: Int) {
    let (height, width) = (window.height, window.width)
    guard !window.isPointwise, width.input == 1, width.kernel == 1, width.output == 1,
      height.dilation == 1, height.before == 0, height.input % height.stride == 0,
      (height.output - 1) * height.stride + height.kernel <= height.input
    else { return nil }
    self.window = window
    self.results = results
    pitch = height.stride * window.channels
    rows = height.input / height.stride
  }

  /// Elements of a window.
  private var inner: Int { window.taps * window.channels }
  private var outputs: Int { window.height.output }

  /// Elements that `batch` images of results take, dropped ones included.
  func count(batch: Int) -> Int { batch * rows * results }

  /// Rows of all images' results up to the last one that is kept.
  private func rowCount(_ batch: Range<Int>) -> Int { batch.count * rows - (rows - outputs) }

  /// Columns of a window's elements that piece `piece` covers.
  private func columns(_ piece: Int) -> Range<Int> {
    piece * pitch..<min((piece + 1) * pitch, inner)
  }
  private var pieces: Int { (inner + pitch - 1) / pitch }

  private func input(_ x: FloatView, _ batch: Range<Int>, _ piece: Int) -> Matrix {
    Matrix(
      x, offset: batch.lowerBound * window.imageCount + piece * pitch, rows: rowCount(batch),
      columns: columns(piece).count, pitch: pitch)
  }

  private func weights(_ w: FloatView, _ piece: Int, offset: Int = 0) -> Matrix {
    let columns = columns(piece)
    return Matrix(
      w, offset: offset + columns.lowerBound, rows: results, columns: columns.count, pitch: inner)
  }

  private func matrix(_ place: Place, _ batch: Range<Int>) -> Matrix {
    Matrix(place.view, offset: place.offset, rows: rowCount(batch), columns: results)
  }

  /// `y = clamp(patches · wᵀ + bias)` for the images of `batch`.
  ///
  /// - Parameter products: `count(batch: batch.count)` elements that are overwritten.
  func forward(
    _ x: FloatView, _ w: FloatView, bias: Place?, products: Place, into y: FloatView,
    _ batch: Range<Int>, limits: ClosedRange<Float>
  ) {
    for piece in 0..<pieces {
      BLAS.multiply(
        input(x, batch, piece), weights(w, piece).transposed, into: matrix(products, batch),
        adding: piece > 0)
    }
    for (index, image) in batch.enumerated() {
      FloatKernels.addBias(
        bias, to: Place(products.view, products.offset + index * rows * results),
        into: Place(y, image * outputs * results), rows: outputs, channels: results, limits: limits)
    }
  }

  /// `dz = dy` where `y` is inside `limits`, with zeros for the dropped results, which are there already.
  func gradient(
    _ y: FloatView, _ dy: FloatView, into dz: Place, _ batch: Range<Int>,
    limits: ClosedRange<Float>
  ) {
    for (index, image) in batch.enumerated() {
      FloatKernels.clampGradient(
        Place(y, image * outputs * results), Place(dy, image * outputs * results),
        into: Place(dz.view, dz.offset + index * rows * results), count: outputs * results,
        limits: limits)
    }
  }

  /// `dw = dzᵀ · patches` of the images of `batch`, at `dw`.
  func weightGradient(_ dz: Place, _ x: FloatView, into dw: Place, _ batch: Range<Int>) {
    for piece in 0..<pieces {
      BLAS.multiply(
        matrix(dz, batch).transposed, input(x, batch, piece),
        into: weights(dw.view, piece, offset: dw.offset))
    }
  }

  /// `dbias = Σ dz` of the images of `batch`.
  func biasGradient(_ dz: Place, into dbias: Place, _ batch: Range<Int>) {
    FloatKernels.columnSums(dz, into: dbias, rows: rowCount(batch), channels: results)
  }

  /// `dx` = the patches `dz · w` added up where they overlap: each piece covers every element at most once.
  func inputGradient(_ dz: Place, _ w: FloatView, into dx: FloatView, _ batch: Range<Int>) {
    let first = batch.lowerBound * window.imageCount
    dx.clear(first..<first + batch.count * window.imageCount)
    for piece in 0..<pieces {
      BLAS.multiply(
        matrix(dz, batch), weights(w, piece), into: input(dx, batch, piece), adding: true)
    }
  }
}
