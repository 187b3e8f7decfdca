/// How windows slide along one spatial axis: `position = index · stride − before + tap · dilation`.
package struct WindowAxis: Hashable, Sendable {
  package let input: Int
  package let output: Int
  package let kernel: Int
  package let stride: Int
  package let dilation: Int
  /// Padding in front of and behind the input. A padded tap contributes nothing.
  package let before: Int
  package let after: Int

  package init(
    input: Int, output: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int
  ) {
    self.input = input
    self.output = output
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.before = before
    self.after = after
  }

  /// Input positions from the first to the last tap of a window.
  package var span: Int { (kernel - 1) * dilation + 1 }

  /// Input position of the first tap of the window of result `index`; negative inside the padding.
  package func start(_ index: Int) -> Int { index * stride - before }

  /// The taps of the window of result `index` that lie inside the input.
  package func taps(_ index: Int) -> Range<Int> {
    let start = self.start(index)
    let first = start < 0 ? (-start + dilation - 1) / dilation : 0
    let end = min(kernel, (input - start + dilation - 1) / dilation)
    return first..<max(first, end)
  }
}

/// Windows over images of `channels` channels; a depthwise convolution makes `multiplier` results of each.
package struct Window: Hashable, Sendable {
  package let height: WindowAxis
  package let width: WindowAxis
  package let channels: Int
  package let multiplier: Int
  /// Elements from one row of the input to the next, from one image to the next, and from one row of results to the
  /// next. Only depthwise kernels over images one column wide take others than the dense ones.
  package private(set) var xRow: Int
  package private(set) var xImage: Int
  package private(set) var yRow: Int

  package init(height: WindowAxis, width: WindowAxis, channels: Int, multiplier: Int = 1) {
    self.height = height
    self.width = width
    self.channels = channels
    self.multiplier = multiplier
    xRow = channels
    xImage = height.input * width.input * channels
    yRow = channels * multiplier
  }

  /// The same windows over the last rows of images of `rows` rows and `xWidth` channels, with results in rows of `yWidth`
  /// channels.
  ///
  /// - Precondition: images one column wide, with whole windows of neighbouring rows, and sixteen channels or more: what
  ///   the fast kernels take.
  package func inside(rows: Int, xWidth: Int, yWidth: Int) -> Window {
    precondition(isColumn && rows >= height.input && xWidth >= channels && yWidth >= channels)
    var result = self
    result.xRow = xWidth
    result.xImage = rows * xWidth
    result.yRow = yWidth
    return result
  }

  /// Whether the kernels for columns take these windows, forward and backward.
  package var isColumn: Bool {
    multiplier == 1 && width.input == 1 && width.output == 1 && width.kernel == 1
      && height.dilation == 1 && height.before == 0 && height.stride == 1 && height.after == 0
      && channels >= Self.laneCount
  }

  /// Floats that a kernel works on at a time.
  private static let laneCount = 16

  /// Elements that lie between the first input and the last, for `batch` images.
  package func inputCount(batch: Int) -> Int {
    (batch - 1) * xImage + (height.input * width.input - 1) * xRow + channels
  }

  /// Elements that lie between the first result and the last, for `batch` images.
  package func resultCount(batch: Int) -> Int {
    (batch * positions - 1) * yRow + channels * multiplier
  }

  /// Results per image and channel.
  package var positions: Int { height.output * width.output }
  package var taps: Int { height.kernel * width.kernel }
  /// Elements of one image.
  package var imageCount: Int { height.input * width.input * channels }
}
