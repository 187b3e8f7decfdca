import CKernels

/// The integer kernels of `CKernels` over spans: sums of products that wrap in 32 bits. Formulas are in `ckernels.h`.
///
/// Rescaling, and with it all rounding, is in `FixedPoint.swift`.
package enum IntegerKernels {
  /// `sums[o] += Σ_k x[k] · w[o · row + k]` for `rows` values of `o`.
  @inline(__always)
  package static func addDots(
    _ x: borrowing Span<Int8>, _ w: borrowing Span<Int16>, row: Int, rows: Int,
    to sums: inout MutableSpan<Int32>
  ) {
    guard rows > 0, x.count > 0 else { return }
    precondition(row >= 0 && (rows - 1) * row + x.count <= w.count, "reads outside the weights")
    precondition(rows <= sums.count, "writes outside the sums")
    x.withUnsafeBufferPointer { x in
      w.withUnsafeBufferPointer { w in
        sums.withUnsafeMutableBufferPointer { sums in
          // None is empty, so each has an address; all live until the call returns.
          guard let source = x.baseAddress, let weights = w.baseAddress,
            let target = sums.baseAddress
          else { return }
          rouse_int8_dots(source, weights, Int64(x.count), Int64(row), Int64(rows), target)
        }
      }
    }
  }

  /// `sums[k] += Σ_t x[t · xRow + k] · w[t · wRow + k]` for `channels` values of `k` and `taps` values of `t`.
  @inline(__always)
  package static func addColumns(
    _ x: borrowing Span<Int8>, row xRow: Int, _ w: borrowing Span<Int16>, row wRow: Int, taps: Int,
    channels: Int, to sums: inout MutableSpan<Int32>
  ) {
    guard taps > 0, channels > 0 else { return }
    precondition(channels <= sums.count, "writes outside the sums")
    precondition(xRow >= 0 && (taps - 1) * xRow + channels <= x.count, "reads outside the input")
    precondition(wRow >= 0 && (taps - 1) * wRow + channels <= w.count, "reads outside the weights")
    x.withUnsafeBufferPointer { x in
      w.withUnsafeBufferPointer { w in
        sums.withUnsafeMutableBufferPointer { sums in
          guard let source = x.baseAddress, let weights = w.baseAddress,
            let target = sums.baseAddress
          else { return }
          rouse_int8_columns(
            source, Int64(xRow), weights, Int64(wRow), Int64(taps), Int64(channels), target)
        }
      }
    }
  }
}
