import COpenBLAS

/// A row-major matrix inside a view, or the transpose of one.
package struct Matrix: Sendable {
  package let view: FloatView
  package let offset: Int
  package private(set) var rows: Int
  package private(set) var columns: Int
  private(set) var isTransposed = false
  /// Elements from one row of the stored matrix to the next.
  let pitch: Int

  /// - Parameters:
  ///   - offset: where in `view` the first element lies.
  ///   - pitch: elements from one row to the next, `columns` unless given and never fewer.
  package init(_ view: FloatView, offset: Int = 0, rows: Int, columns: Int, pitch: Int? = nil) {
    let pitch = pitch ?? columns
    precondition(
      offset >= 0 && rows > 0 && columns > 0 && pitch >= columns
        && offset + (rows - 1) * pitch + columns <= view.count, "matrix outside its view")
    self.view = view
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.pitch = pitch
  }

  /// The same elements with rows and columns exchanged; nothing moves.
  package var transposed: Matrix {
    var result = self
    swap(&result.rows, &result.columns)
    result.isTransposed.toggle()
    return result
  }

  var stride: blasint { blasint(pitch) }
  var order: CBLAS_TRANSPOSE { isTransposed ? CblasTrans : CblasNoTrans }
  var pointer: UnsafeMutablePointer<Float> { view.pointer + offset }
}

/// Matrix products by OpenBLAS, always on the calling thread.
///
/// Two threads inside OpenBLAS change the bits of a result, and compete with the shards for the cores.
package enum BLAS {
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// `c = a · b`, or `c += a · b` with `adding`. A product with one column is a `sgemv`.
  ///
  /// - Precondition: the extents agree, `c` is not a transpose and overlaps neither `a` nor `b`.
  package static func multiply(
    _ a: Matrix, _ b: Matrix, into c: Matrix, adding: Bool = false
  ) {
    precondition(a.rows == c.rows && b.columns == c.columns && a.columns == b.rows)
    precondition(!c.isTransposed)
    _ = singleThreaded
    let beta: Float = adding ? 1 : 0
    if c.columns == 1, c.pitch == 1, b.isTransposed || b.pitch == 1 {
      let (rows, columns) = a.isTransposed ? (a.columns, a.rows) : (a.rows, a.columns)
      cblas_sgemv(
        CblasRowMajor, a.order, blasint(rows), blasint(columns), 1, a.pointer, a.stride, b.pointer,
        1, beta, c.pointer, 1)
    } else {
      cblas_sgemm(
        CblasRowMajor, a.order, b.order, blasint(c.rows), blasint(c.columns), blasint(a.columns), 1,
        a.pointer, a.stride, b.pointer, b.stride, beta, c.pointer, c.stride)
    }
  }

  /// The kernels OpenBLAS chose for this processor, such as `Haswell`. Other kernels give other bits.
  package static var coreName: String {
    guard let name = openblas_get_corename() else { return "unknown" }
    return String(cString: name)
  }
}
