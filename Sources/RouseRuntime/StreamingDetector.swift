/// ESPHome's decision from a stream of probabilities: wake word or not.
///
/// A hit is a probability whose sliding window sums to more than `cutoff · window`. After a start and after each hit the
/// detector is deaf: a counter rises from −100 by 1 with every feature during which the newest probability is below the
/// cutoff, and nothing is detected until it is 0.
///
/// - Source: ESPHome `micro_wake_word`: `StreamingModel::perform_streaming_inference`,
///   `WakeWordModel::determine_detected`, `MicroWakeWord::process_probabilities_`.
public struct StreamingDetector: Hashable, Sendable {
  /// In steps of 1/255, as ESPHome's code generator writes it.
  public let cutoff: UInt8
  /// Probabilities in the sliding window.
  public let window: Int
  /// Features (of 10 ms) between two probabilities.
  public let stride: Int

  private var ring: [UInt8]
  private var newest = 0
  private var sum = 0
  private var ignore: Int

  /// `MIN_SLICES_BEFORE_DETECTION` of ESPHome: 1 s of features.
  public static let deafFeatures = 100

  /// - Precondition: `window` and `stride` are positive.
  public init(cutoff: UInt8, window: Int, stride: Int) {
    precondition(window > 0 && stride > 0)
    self.cutoff = cutoff
    self.window = window
    self.stride = stride
    ring = [UInt8](repeating: 0, count: window)
    ignore = -Self.deafFeatures
  }

  /// `int(probability · 255)`: ESPHome cuts off, it does not round. 0.85 becomes 216.
  public static func quantizedCutoff(_ probability: Double) -> UInt8 {
    UInt8(clamping: Int(min(max(probability, 0), 1) * 255))
  }

  /// Takes the probability of one invocation, which follows `stride` features.
  ///
  /// - Returns: true when the wake word is detected now.
  public mutating func push(_ probability: UInt8) -> Bool { hit(probability) != nil }

  /// Takes the probability of one invocation, which follows `stride` features.
  ///
  /// - Returns: the sum of the window when the wake word is detected now; divided by `255 · window` it is the mean that
  ///   ESPHome logs.
  public mutating func hit(_ probability: UInt8) -> Int? {
    // Features before the last one see the previous probability; only rising to 0 matters, so they count at once.
    if ring[newest] < cutoff { ignore = min(ignore + stride - 1, 0) }
    newest = newest + 1 == window ? 0 : newest + 1
    sum += Int(probability) - Int(ring[newest])
    ring[newest] = probability
    if probability < cutoff { ignore = min(ignore + 1, 0) }
    guard ignore >= 0, sum > Int(cutoff) * window else { return nil }
    defer { reset() }
    return sum
  }

  /// Empties the window and makes the detector deaf again.
  public mutating func reset() {
    for index in ring.indices { ring[index] = 0 }
    sum = 0
    ignore = -Self.deafFeatures
  }

  /// The invocations, counted from 0, at which a fresh detector hits.
  public static func detections(
    in probabilities: [UInt8], cutoff: UInt8, window: Int, stride: Int
  ) -> [Int] {
    var detector = StreamingDetector(cutoff: cutoff, window: window, stride: stride)
    return probabilities.indices.filter { detector.push(probabilities[$0]) }
  }
}
