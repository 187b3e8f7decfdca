/// The kernels that a firmware runs below TFLite Micro: they decide how much scratch memory an operator asks for.
///
/// The raw values are the names that target profiles use.
public enum KernelLibrary: String, Hashable, Sendable, CaseIterable {
  /// TFLite Micro's portable kernels; int8 operators ask for no scratch, except MEAN.
  case reference
  /// What ESPHome 2026.6.5 pins; 1.2.0 has the same formulas.
  case espNN112 = "esp-nn-1.1.2"
  case espNN121 = "esp-nn-1.2.1"
  case espNN123 = "esp-nn-1.2.3"
  /// The portable C of esp-nn, which chips without vector instructions run: ESP32, S2, C3, C6. Alike in all versions.
  case espNNGeneric = "esp-nn-generic"
  /// esp-nn 1.1.2 on ESP32-P4. Which state of the kernels that release has was not established: where the states that
  /// could be read differ, this is the one that asks for most. For filters of wake words they agree.
  case espNNP4112 = "esp-nn-p4-1.1.2"

  /// Versions of the same kernels, this one included: what a firmware would run after an update of its libraries.
  public var versions: [KernelLibrary] {
    switch self {
    case .espNN112, .espNN121, .espNN123: [.espNN112, .espNN121, .espNN123]
    case .reference, .espNNGeneric, .espNNP4112: [self]
    }
  }
}

/// The shapes that scratch formulas read.
struct ConvolutionShape: Hashable, Sendable {
  var inputWidth: Int
  var inputHeight: Int
  var inputChannels: Int
  var filterWidth: Int
  var filterHeight: Int
  var outputWidth: Int
  var outputHeight: Int
  var outputChannels: Int
  var paddingWidth: Int
  var paddingHeight: Int
  var strideWidth: Int
  var strideHeight: Int
  /// Results per input channel of a depthwise convolution.
  var multiplier = 1

  var inputPixels: Int { inputWidth * inputHeight }
  var isPadded: Bool { paddingWidth != 0 || paddingHeight != 0 }
  /// 1x1, stride 1, no padding: a matrix product.
  var isPointwise: Bool {
    filterWidth == 1 && filterHeight == 1 && !isPadded && strideWidth == 1 && strideHeight == 1
  }

  /// Columns and rows that the vector kernels read past the right and bottom edge.
  var overreach: (width: Int, height: Int) {
    (
      outputWidth * strideWidth + filterWidth - 1 - inputWidth,
      outputHeight * strideHeight + filterHeight - 1 - inputHeight
    )
  }
}

/// `value` rounded up to a multiple of `alignment`.
func aligned(_ value: Int, to alignment: Int) -> Int {
  (value + alignment - 1) / alignment * alignment
}

// MARK: - Convolution

extension KernelLibrary {
  /// Bytes of scratch that CONV_2D requests in Prepare; 0 means no request.
  ///
  /// - Source: espressif/esp-nn `esp_nn_get_conv_scratch_size_esp32s3` of each version, `_opt` of
  ///   `esp_nn_conv_opt.c`, and `_esp32p4` of commits 596b084 and 2159e8f and of the state with `esp_nn_conv_s8_im2col`.
  func scratchBytes(convolution shape: ConvolutionShape) -> Int {
    switch self {
    case .reference, .espNNGeneric: 0
    case .espNN112: Self.convolution112(shape)
    case .espNNP4112: Self.convolutionP4(shape)
    case .espNN121: Self.convolution12(shape, slack: 32)
    case .espNN123: Self.convolution12(shape, slack: 64)
    }
  }

  private static func convolution112(_ s: ConvolutionShape) -> Int {
    if s.isPointwise { return pointwise(s, slack: 32) }
    return paddedInput(s) + alignedFilter(s) + 32 + 4 * s.outputChannels
  }

  /// As on the S3. Filter rows below one vector are widened to 16 channels, by later states with the input as well.
  private static func convolutionP4(_ s: ConvolutionShape) -> Int {
    let known = convolution112(s)
    if s.isPointwise {
      return s.inputChannels < 16 ? max(known, 20 * s.outputChannels + 64) : known
    }
    let isNarrow = s.filterWidth * s.inputChannels < 16
    return isNarrow && !s.isPadded ? known + 16 * s.inputPixels : known
  }

  /// 1.2.x counts the filter twice, and pads at the right and bottom edge even without padding.
  private static func convolution12(_ s: ConvolutionShape, slack: Int) -> Int {
    if s.isPointwise { return pointwise(s, slack: slack) }
    let row = s.filterWidth * s.inputChannels
    let window = row * s.filterHeight
    if row < 16 && window >= 16 {
      let alignedWindow = aligned(window, to: 16)
      return 4 * s.outputChannels + 16 + s.outputChannels * alignedWindow + 16 + alignedWindow
        + slack
    }
    let right = max(0, s.overreach.width)
    let bottom = max(0, s.overreach.height)
    let edge =
      right > 0 || bottom > 0
      ? (s.inputWidth + right) * (s.inputHeight + bottom) * s.inputChannels : 0
    let rows = aligned(row, to: 16) * s.filterHeight * s.outputChannels
    return paddedInput(s) + alignedFilter(s) + rows + edge + slack + 4 * s.outputChannels
  }

  private static func pointwise(_ s: ConvolutionShape, slack: Int) -> Int {
    let channels = aligned(s.inputChannels, to: 8)
    let input = s.inputChannels % 8 == 0 ? 0 : s.inputPixels * channels
    let transposed = s.inputPixels < 8 ? 0 : 16 * channels
    return input + channels * s.outputChannels + transposed + slack
  }

  private static func paddedInput(_ s: ConvolutionShape) -> Int {
    s.isPadded
      ? (s.inputWidth + 2 * s.paddingWidth) * (s.inputHeight + 2 * s.paddingHeight)
        * s.inputChannels : 0
  }

  private static func alignedFilter(_ s: ConvolutionShape) -> Int {
    s.filterWidth * s.filterHeight * aligned(s.inputChannels, to: 16) * s.outputChannels
  }
}

// MARK: - Depthwise convolution

extension KernelLibrary {
  /// Bytes of scratch that DEPTHWISE_CONV_2D requests in Prepare; 0 means no request.
  ///
  /// - Source: espressif/esp-nn `esp_nn_get_depthwise_conv_scratch_size_esp32s3` of each version, and `_opt` of
  ///   `esp_nn_depthwise_conv_opt.c`; on ESP32-P4 all known states ask for none.
  func scratchBytes(depthwise shape: ConvolutionShape) -> Int {
    switch self {
    case .reference, .espNNGeneric, .espNNP4112: 0
    case .espNN112: Self.depthwise112(shape)
    case .espNN121, .espNN123: Self.depthwise12(shape)
    }
  }

  private static func depthwise112(_ s: ConvolutionShape) -> Int {
    let filter = s.filterWidth * s.filterHeight * s.inputChannels * s.multiplier
    let input = s.inputPixels * s.inputChannels
    if s.multiplier == 1 && s.inputChannels % 8 == 0 && s.filterWidth == 3 && s.filterHeight == 3 {
      if s.inputChannels % 16 != 0 { return 2 * (filter + input) + 16 }
      let extra = depthwisePadding(s)
      if extra == (0, 0) { return filter + 16 }
      return filter + 16
        + (s.inputWidth + extra.width) * (s.inputHeight + extra.height) * s.inputChannels
    }
    if s.multiplier % 4 == 0 { return 2 * (filter + input) + 16 }
    return 32
  }

  private static func depthwise12(_ s: ConvolutionShape) -> Int {
    let filter = s.filterWidth * s.filterHeight * s.inputChannels * s.multiplier
    let input = s.inputPixels * s.inputChannels
    guard s.multiplier == 1 else {
      return s.multiplier % 4 == 0 ? 2 * (filter + input) + 32 : 32
    }
    if s.inputChannels % 8 == 0 {
      return s.filterWidth == 3 && s.filterHeight == 3
        ? depthwise3x3(s, filter: filter, input: input)
        : depthwise16Bit(s, filter: filter, input: input)
    }
    return s.inputChannels > 3 ? depthwisePaddedChannels(s) : 32
  }

  /// Filter and input widened to 16 bits; above 48 KiB only the rows under the filter.
  private static func depthwise16Bit(_ s: ConvolutionShape, filter: Int, input: Int) -> Int {
    let whole = 2 * (filter + input)
    if whole <= 48 * 1024 { return whole + 32 }
    return 2 * filter + 2 * s.inputWidth * s.filterHeight * s.inputChannels + 32
  }

  private static func depthwise3x3(_ s: ConvolutionShape, filter: Int, input: Int) -> Int {
    if s.inputChannels % 16 == 0 {
      let extra = depthwisePadding(s)
      if extra == (0, 0) { return filter + 16 }
      let row = (s.inputWidth + extra.width) * s.inputChannels
      let whole = row * (s.inputHeight + extra.height)
      return filter + 16 + (whole <= 40 * 1024 ? whole : row * s.filterHeight)
    }
    if s.inputChannels < 12 { return 2 * (filter + input) + 32 }
    let channels = aligned(s.inputChannels, to: 16)
    let width = s.inputWidth + 2 * s.paddingWidth + max(0, s.overreach.width)
    let height = s.inputHeight + 2 * s.paddingHeight + max(0, s.overreach.height)
    return 9 * channels + width * height * channels + s.outputWidth * s.outputHeight * channels + 64
  }

  private static func depthwisePaddedChannels(_ s: ConvolutionShape) -> Int {
    let channels = aligned(s.inputChannels, to: 8)
    let filter = aligned(2 * s.filterWidth * s.filterHeight * channels, to: 16)
    let input = aligned(filter + 2 * s.inputPixels * channels, to: 16)
    let output = aligned(input + s.outputWidth * s.outputHeight * channels, to: 16)
    return output + 12 * channels + 16
  }

  private static func depthwisePadding(_ s: ConvolutionShape) -> (width: Int, height: Int) {
    s.isPadded ? (2 * s.paddingWidth, 2 * s.paddingHeight) : s.overreach
  }
}

// MARK: - Softmax

extension KernelLibrary {
  /// Bytes of scratch that SOFTMAX from int8 to int8 requests in Prepare: one 32-bit exponential for each element of a
  /// row, where the row is taken to be axis 1 whatever the rank is. Never less than for the last axis.
  ///
  /// - Source: esp-tflite-micro `kernels/esp_nn/softmax.cc`; esp-nn `esp_nn_get_softmax_scratch_size_opt`. That 1.2.x
  ///   still asks for no more was not verified.
  func scratchBytes(softmax shape: [Int]) -> Int {
    self == .reference ? 0 : 4 * max(shape.count > 1 ? shape[1] : 0, shape.last ?? 1)
  }
}
