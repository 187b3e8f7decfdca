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

  package init(height: WindowAxis, width: WindowAxis, channels: Int, multiplier: Int = 1) {
    self.height = height
    self.width = width
    self.channels = channels
    self.multiplier = multiplier
  }

  /// Results per image and channel.
  package var positions: Int { height.output * width.output }
  package var taps: Int { height.kernel * width.kernel }
  /// Elements of one image.
  package var imageCount: Int { height.input * width.input * channels }
}
