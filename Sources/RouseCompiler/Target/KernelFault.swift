/// A kernel that is known to fail on models that TFLite Micro accepts; target profiles name those of a firmware.
public enum KernelFault: String, Hashable, Sendable, CaseIterable {
  /// FULLY_CONNECTED with one scale for each channel takes the first scale for all of them: silently wrong results.
  case fullyConnectedPerChannel = "fully-connected-per-channel"
  /// CONV_2D or DEPTHWISE_CONV_2D without a bias reads a tensor that is not there and aborts.
  case convolutionWithoutBias = "convolution-without-bias"
}
