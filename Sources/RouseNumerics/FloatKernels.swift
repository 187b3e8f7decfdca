import CKernels

/// Where a piece of a tensor begins in a view. Kernels take places instead of slices, so that a step allocates nothing.
package struct Place: Sendable {
  package let view: FloatView
  package let offset: Int

  package init(_ view: FloatView, _ offset: Int = 0) {
    self.view = view
    self.offset = offset
  }

  /// The address of `count` elements from here. Valid while `view` lives, that is, as long as `self`.
  func pointer(_ count: Int) -> UnsafeMutablePointer<Float> {
    precondition(offset >= 0 && count >= 0 && offset + count <= view.count, "outside its view")
    return view.pointer + offset
  }
}

extension ClosedRange<Float> {
  /// All floats: a clamp to it does nothing.
  package static var unlimited: Self { -Float.infinity...Float.infinity }
}

/// The float32 kernels of `CKernels` over views. Formulas and layouts are in `ckernels.h`.
///
/// Each call is one run on the calling thread. Arguments are checked for bounds, not for overlap: results must not
/// overlap operands unless the comment says so.
package enum FloatKernels {
  // MARK: - Windows

  /// `patches[b, i, j, tap, c]`: the operand that makes a convolution a matrix product.
  package static func gatherPatches(_ x: Place, into patches: Place, batch: Int, _ window: Window) {
    var c = window.c
    rouse_gather_patches(
      x.pointer(batch * window.imageCount),
      patches.pointer(batch * window.positions * window.taps * window.channels), Int64(batch), &c)
  }

  /// The adjoint of `gatherPatches`; overwrites `dx`.
  package static func scatterPatches(
    _ patches: Place, into dx: Place, batch: Int, _ window: Window
  ) {
    var c = window.c
    rouse_scatter_patches(
      patches.pointer(batch * window.positions * window.taps * window.channels),
      dx.pointer(batch * window.imageCount), Int64(batch), &c)
  }

  // MARK: - Depthwise convolution

  package static func depthwise(
    _ x: Place, _ w: Place, bias: Place?, into y: Place, batch: Int, _ window: Window,
    limits: ClosedRange<Float>
  ) {
    var c = window.c
    rouse_depthwise_forward(
      x.pointer(window.inputCount(batch: batch)), w.pointer(window.depthwiseWeights),
      bias?.pointer(window.results), y.pointer(window.resultCount(batch: batch)),
      Int64(batch), &c, limits.lowerBound, limits.upperBound)
  }

  package static func depthwiseInputGradient(
    _ dy: Place, _ w: Place, into dx: Place, batch: Int, _ window: Window
  ) {
    var c = window.c
    rouse_depthwise_input_gradient(
      dy.pointer(window.resultCount(batch: batch)), w.pointer(window.depthwiseWeights),
      dx.pointer(window.inputCount(batch: batch)), Int64(batch), &c)
  }

  package static func depthwiseWeightGradient(
    _ x: Place, _ dy: Place, into dw: Place, batch: Int, _ window: Window
  ) {
    var c = window.c
    rouse_depthwise_weight_gradient(
      x.pointer(window.inputCount(batch: batch)),
      dy.pointer(window.resultCount(batch: batch)), dw.pointer(window.depthwiseWeights),
      Int64(batch), &c)
  }

  // MARK: - Elementwise

  /// `y = clamp(y + bias)`, row by row, in place.
  package static func addBias(
    _ bias: Place?, to y: Place, rows: Int, channels: Int, limits: ClosedRange<Float>
  ) {
    if bias == nil && limits == .unlimited { return }
    addBias(bias, to: y, into: y, rows: rows, channels: channels, limits: limits)
  }

  /// `y = clamp(x + bias)`, row by row; `x` may be `y`.
  package static func addBias(
    _ bias: Place?, to x: Place, into y: Place, rows: Int, channels: Int,
    limits: ClosedRange<Float>
  ) {
    rouse_bias_clamp(
      x.pointer(rows * channels), bias?.pointer(channels), y.pointer(rows * channels),
      Int64(rows), Int64(channels), limits.lowerBound, limits.upperBound)
  }

  /// `dz = dy` where `y` is strictly inside `limits`, else 0.
  package static func clampGradient(
    _ y: Place, _ dy: Place, into dz: Place, count: Int, limits: ClosedRange<Float>
  ) {
    rouse_clamp_gradient(
      y.pointer(count), dy.pointer(count), dz.pointer(count), Int64(count), limits.lowerBound,
      limits.upperBound)
  }

  /// `sums[c] = Σ_r x[r · pitch + c]`
  ///
  /// - Parameter pitch: elements from one row to the next; `channels` unless given.
  package static func columnSums(
    _ x: Place, into sums: Place, rows: Int, channels: Int, pitch: Int? = nil
  ) {
    let pitch = pitch ?? channels
    rouse_column_sums(
      x.pointer((rows - 1) * pitch + channels), sums.pointer(channels), Int64(rows),
      Int64(channels), Int64(pitch))
  }

  /// `y = a · b`, element by element.
  package static func multiply(_ a: Place, _ b: Place, into y: Place, count: Int) {
    rouse_multiply(a.pointer(count), b.pointer(count), y.pointer(count), Int64(count))
  }

  /// The elementwise sum of `parts` vectors that follow each other, added in this order.
  package static func sumParts(_ first: Place, parts: Int, count: Int, into total: Place) {
    precondition(parts > 0)
    rouse_sum_parts(
      first.pointer(parts * count), total.pointer(count), Int64(parts), Int64(count))
  }
}

extension Window {
  var results: Int { channels * multiplier }
  var depthwiseWeights: Int { taps * results }

  var c: rouse_window {
    rouse_window(
      height: height.c, width: width.c, channels: Int64(channels), multiplier: Int64(multiplier),
      x_row: Int64(xRow), x_image: Int64(xImage), y_row: Int64(yRow))
  }
}

extension WindowAxis {
  var c: rouse_axis {
    rouse_axis(
      input: Int64(input), output: Int64(output), kernel: Int64(kernel), stride: Int64(stride),
      dilation: Int64(dilation), before: Int64(before))
  }
}
