/// What int8 costs and loses, layer by layer: float against int8 of every activation over the same streams, and the
/// arithmetic, weights and estimated cycles of every operator.
public struct LayerReport: Codable, Hashable, Sendable {
  /// One activation of the streaming network.
  public struct Tensor: Codable, Hashable, Sendable {
    public var name: String
    /// Index of the operator that makes it, in the int8 streaming graph.
    public var node: Int
    /// `CONV_2D`
    public var operation: String
    public var shape: [Int]
    public var scale: Float
    public var zeroPoint: Int
    /// `10 · log10(Σ f² / Σ (f − q)²)` in dB, to two decimals. nil when one of the sums is 0: then `largestErrorSteps`
    /// is 0 for an exact tensor, and greater where the float one was 0 throughout.
    public var signalToNoise: Double?
    /// `max |f − q| / scale`
    public var largestErrorSteps: Double
    /// Extremes of the float values.
    public var seenLow: Float
    public var seenHigh: Float
    /// Extremes of what the int8 type can hold.
    public var heldLow: Float
    public var heldHigh: Float
    /// Share of the float values that round to a code outside the type, 0 to 1.
    public var clippedShare: Double

    /// `signalToNoise` with the sums that are 0: infinite for an exact tensor.
    public var decibels: Double {
      signalToNoise ?? (largestErrorSteps == 0 ? .infinity : -.infinity)
    }
  }

  /// One operator of the streaming network.
  public struct Layer: Codable, Hashable, Sendable {
    /// Its first result, or its own name when it has none.
    public var name: String
    public var operation: String
    /// Multiply-accumulate operations of one step.
    public var macs: Int
    /// Bytes of the constants it reads; one that several operators share counts for each.
    public var weightBytes: Int
    /// Estimate from the target profile, the call included.
    public var cycles: Int
  }

  /// Streaming steps that both networks ran.
  public var steps: Int
  /// In the order of execution. A result of the int8 graph whose name or shape the float graph does not have is left out.
  public var tensors: [Tensor]
  /// One for each operator, in the order of execution.
  public var layers: [Layer]

  public init(steps: Int, tensors: [Tensor], layers: [Layer]) {
    self.steps = steps
    self.tensors = tensors
    self.layers = layers
  }

  /// The tensors from the noisiest to the exact ones; equal ones in the order of execution.
  public var worstFirst: [Tensor] {
    tensors.enumerated().sorted {
      ($0.element.decibels, $0.offset) < ($1.element.decibels, $1.offset)
    }.map(\.element)
  }

  /// The noisiest tensor; nil for a network in which nothing could be compared.
  public var worst: Tensor? { worstFirst.first }

  public var cycles: Int { layers.reduce(0) { $0 + $1.cycles } }
  public var macs: Int { layers.reduce(0) { $0 + $1.macs } }
}
