import RouseRuntime

/// What may be chosen when a float network becomes an int8 one. All by name, so that the network over a whole window and
/// the streaming one get the same integers.
public struct QuantizationChoices: Hashable, Sendable {
  /// The range that the scale of each value is made from; values that share a scale share the union of their ranges.
  public var ranges: [String: ValueRange]
  /// Weights that have one scale although each channel could have its own.
  public var oneScale: Set<String>
  /// What is added to a bias, channel by channel, before it is rounded. The float network does not change.
  public var biasCorrections: [String: [Double]]

  public init(
    ranges: [String: ValueRange], oneScale: Set<String> = [],
    biasCorrections: [String: [Double]] = [:]
  ) {
    self.ranges = ranges
    self.oneScale = oneScale
    self.biasCorrections = biasCorrections
  }
}
