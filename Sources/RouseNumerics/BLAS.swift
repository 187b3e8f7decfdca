import COpenBLAS

/// A row-major matrix inside a view, or the transpose of one.
package struct Matrix: Sendable {
  package let view: FloatView
  package let offset: Int
  package private(set) var rows: Int
  package private(set) var columns: Int
  private(set) var isTransposed = false

  /// - Parameter offset: where in `view` the first element lies.
  package init(_ view: FloatView, offset: Int = 0, rows: Int, columns: Int) {
    precondition(
      offset >= 0 && rows > 0 && columns > 0 && offset + rows * columns <= view.count,
      "matrix outside its view")
    self.view = view
    self.offset = offset
    self.rows = rows
    self.columns = columns
  }

  /// The same elements with rows and columns exchanged; nothing moves.
  package var transposed: Matrix {
    var result = self
    swap(&result.rows, &result.columns)
    result.isTransposed.toggle()
    return result
  }

  /// Elements from one row of the stored matrix to the next.
  var stride: blasint { blasint(isTransposed ? rows : columns) }
  var order: CBLAS_TRANSPOSE { isTransposed ? CblasTrans : CblasNoTrans }
  var pointer: UnsafeMutablePointer<Float> { view.pointer + offset }
}

/// Matrix products by OpenBLAS, always on the calling thread.
///
/// Two threads inside OpenBLAS change the bits of a result, and compete with the shards for the cores.
package enum BLAS {
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// `c = a · b`. A product with one column is a `sgemv`.
  ///
  /// - Precondition: the extents agree, `c` is not a transpose and overlaps neither `a` nor `b`.
  package static func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix) {
    precondition(a.rows == c.rows && b.columns == c.columns && a.columns == b.rows)
    precondition(!c.isTransposed)
    _ = singleThreaded
    if c.columns == 1 {
      let (rows, columns) = a.isTransposed ? (a.columns, a.rows) : (a.rows, a.columns)
      cblas_sgemv(
        CblasRowMajor, a.order, blasint(rows), blasint(columns), 1, a.pointer, a.stride, b.pointer,
        1, 0, c.pointer, 1)
    } else {
      cblas_sgemm(
        CblasRowMajor, a.order, b.order, blasint(c.rows), blasint(c.columns), blasint(a.columns), 1,
        a.pointer, a.stride, b.pointer, b.stride, 0, c.pointer, c.stride)
    }
  }

  /// The kernels OpenBLAS chose for this processor, such as `Haswell`. Other kernels give other bits.
  package static var coreName: String {
    guard let name = openblas_get_corename() else { return "unknown" }
    return String(cString: name)
  }
}
