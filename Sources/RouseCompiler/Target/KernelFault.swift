/// A kernel that is known to fail on models that TFLite Micro accepts; target profiles name those of a firmware.
public enum KernelFault: String, Hashable, Sendable, CaseIterable {
  /// FULLY_CONNECTED with one scale for each channel takes the first scale for all of them: silently wrong results.
  case fullyConnectedPerChannel = "fully-connected-per-channel"
  /// FULLY_CONNECTED whose result is not `[rows, channels]` takes extents 0 and 1 for them: of `[1, 1, 1, 64]` one element
  /// is computed and the others are what was in memory.
  case fullyConnectedResultRank = "fully-connected-result-rank"
  /// CONV_2D or DEPTHWISE_CONV_2D without a bias reads a tensor that is not there and aborts.
  case convolutionWithoutBias = "convolution-without-bias"
  /// CONV_2D with SAME padding that is larger at the bottom or right than at the top or left: the last row or column is
  /// computed from bytes behind the input. From 1.2 on only when there is padding at the top or left too.
  case convolutionAsymmetricPadding = "convolution-asymmetric-padding"
  /// DEPTHWISE_CONV_2D 3x3 with a multiple of 16 channels and padding that is neither 0 nor 1 on all sides: the kernel
  /// takes another path than the one its scratch was sized for, and writes behind it.
  case depthwiseAsymmetricPadding = "depthwise-asymmetric-padding"
  /// FULLY_CONNECTED with several rows whose length is no multiple of 16: from the second row on the input is not
  /// aligned to 16 bytes, which the vector kernel assumes.
  case fullyConnectedUnalignedRows = "fully-connected-unaligned-rows"

  /// Kernel libraries that have the fault in every firmware; other firmware names its faults in the profile.
  ///
  /// The threads name the versions that mend them and none that brought them in. The sources of 1.1 have them too: they
  /// pad both sides alike and never the end alone, size scratch for the path of symmetric padding, and state that
  /// FULLY_CONNECTED needs aligned input.
  public var libraries: [String] {
    switch self {
    case .fullyConnectedPerChannel, .fullyConnectedResultRank, .convolutionWithoutBias: []
    case .convolutionAsymmetricPadding, .depthwiseAsymmetricPadding, .fullyConnectedUnalignedRows:
      ["esp-nn-1.1.2", "esp-nn-1.2.1", "esp-nn-1.2.3"]
    }
  }

  /// True when it was measured or follows from the source for certain; the others are reports.
  public var isEstablished: Bool {
    switch self {
    case .fullyConnectedPerChannel, .fullyConnectedResultRank, .convolutionWithoutBias: true
    case .convolutionAsymmetricPadding, .depthwiseAsymmetricPadding, .fullyConnectedUnalignedRows:
      false
    }
  }

  public var source: String {
    switch self {
    case .fullyConnectedPerChannel:
      "esp-tflite-micro 1.3.3.1 kernels/esp_nn/fully_connected.cc; a 32-bit build of it gave 375 of 384 wrong results"
    case .fullyConnectedResultRank:
      "espressif/esp-tflite-micro 30f24e6 kernels/esp_nn/fully_connected.cc: the int8 path reads Dims(0) and Dims(1)"
    case .convolutionWithoutBias:
      "esp-tflite-micro 1.3.3.1 kernels/esp_nn/conv.cc; a 32-bit build of it aborts"
    case .convolutionAsymmetricPadding: "espressif/esp-nn#31, July 2026"
    case .depthwiseAsymmetricPadding: "espressif/esp-nn#30, mended by #37 of August 2026"
    case .fullyConnectedUnalignedRows: "espressif/esp-nn#34, mended in 1.2.6"
    }
  }
}
