import CKernels
import COpenBLAS

/// A row-major matrix inside a view, or the transpose of one.
package struct Matrix: Sendable {
  package let view: FloatView
  package let offset: Int
  package private(set) var rows: Int
  package private(set) var columns: Int
  /// Elements from one stored row to the next. Less than a row for windows that overlap.
  let stride: Int
  private(set) var isTransposed = false

  /// - Parameters:
  ///   - offset: where in `view` the first element lies.
  ///   - stride: elements from one row to the next, if rows do not follow each other.
  package init(_ view: FloatView, offset: Int = 0, rows: Int, columns: Int, stride: Int? = nil) {
    let stride = stride ?? columns
    precondition(
      offset >= 0 && rows > 0 && columns > 0 && stride > 0
        && offset + (rows - 1) * stride + columns <= view.count, "matrix outside its view")
    self.view = view
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// The same elements with rows and columns exchanged; nothing moves.
  package var transposed: Matrix {
    var result = self
    swap(&result.rows, &result.columns)
    result.isTransposed.toggle()
    return result
  }

  var pointer: UnsafeMutablePointer<Float> { view.pointer + offset }
  /// True when stored rows share elements, which OpenBLAS refuses.
  var overlaps: Bool { stride < (isTransposed ? rows : columns) }
  var order: CBLAS_TRANSPOSE { isTransposed ? CblasTrans : CblasNoTrans }
}

/// Matrix products on the calling thread.
///
/// The products of training, with sixteen columns or more, run in our own kernel: sums over the inner extent in order,
/// one fused multiply-add each where the processor has it, so that the bits do not depend on the number of rows. The
/// rest goes to OpenBLAS, which is told to use one thread: two change the bits of a result, and compete with the shards.
package enum BLAS {
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// `c = a · b`, or `c += a · b` with `adds`.
  ///
  /// - Precondition: the extents agree, `c` is not a transpose and overlaps neither `a` nor `b`.
  package static func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, adds: Bool = false) {
    precondition(a.rows == c.rows && b.columns == c.columns && a.columns == b.rows)
    precondition(!c.isTransposed)
    if !b.isTransposed && c.columns >= 16 {
      rouse_multiply(
        a.pointer, Int64(a.isTransposed ? 1 : a.stride), Int64(a.isTransposed ? a.stride : 1),
        b.pointer, Int64(b.stride), c.pointer, Int64(c.stride), Int64(c.rows), Int64(c.columns),
        Int64(a.columns), adds ? 1 : 0)
      return
    }
    precondition(!a.overlaps && !b.overlaps && !c.overlaps, "overlapping rows")
    _ = singleThreaded
    let beta: Float = adds ? 1 : 0
    if c.columns == 1 && c.stride == 1 && (b.isTransposed || b.stride == 1) {
      let (rows, columns) = a.isTransposed ? (a.columns, a.rows) : (a.rows, a.columns)
      cblas_sgemv(
        CblasRowMajor, a.order, blasint(rows), blasint(columns), 1, a.pointer, blasint(a.stride),
        b.pointer, 1, beta, c.pointer, 1)
    } else {
      cblas_sgemm(
        CblasRowMajor, a.order, b.order, blasint(c.rows), blasint(c.columns), blasint(a.columns), 1,
        a.pointer, blasint(a.stride), b.pointer, blasint(b.stride), beta, c.pointer,
        blasint(c.stride))
    }
  }

  /// `into = xᵀ`, copied.
  package static func transpose(_ x: Matrix, into y: Matrix) {
    precondition(x.rows == y.columns && x.columns == y.rows)
    precondition(
      !x.isTransposed && !y.isTransposed && x.stride == x.columns && y.stride == y.columns)
    rouse_transpose(x.pointer, y.pointer, Int64(x.rows), Int64(x.columns))
  }

  /// The kernels OpenBLAS chose for this processor, such as `Haswell`. Other kernels give other bits.
  package static var coreName: String {
    guard let name = openblas_get_corename() else { return "unknown" }
    return String(cString: name)
  }
}
