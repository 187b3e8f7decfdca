import RouseIR

/// A network over a window of feature rows that can also read a stream.
///
/// Nothing in it pads time: a stage makes one result for every place where its kernel lies inside the rows, and branches
/// that meet drop their oldest rows until they are equally long. So a result depends on the same distance into the past
/// wherever its window lies, and streaming and scanning give the window's numbers.
protocol WindowedNetwork: Hashable, Sendable {
  /// Name of the training graph.
  var graphName: String { get }
  /// How much sound the head sees, before the rows that valid padding costs are added.
  var clipMilliseconds: Int { get }
  /// Rows that the first convolution sees; 1 when nothing strides.
  var firstKernel: Int { get }
  /// Rows between two results of the first convolution: the rows that one streaming step consumes.
  var stride: Int { get }
  /// Rows, at the rate after the stride, that the stages between the first convolution and the head take away.
  var lostRows: Int { get }
  /// Channels of all values along the way, counted once: what bounds the memory of training.
  var channelSum: Int { get }
  var head: NetworkHead { get }

  /// Appends everything between the features and the head.
  func addBody(to builder: inout NetworkBuilder) throws(GraphError)
}

extension WindowedNetwork {
  /// Rows, at the rate of the features, that are added to what the stages take away.
  ///
  /// - Source: microWakeWord's `model_train_eval.load_config`, which divides the sound by the stride and then adds rows
  ///   of features: a network with stride 3 is trained on a third of `clipMilliseconds` beyond its kernels.
  func finalRows(stepMilliseconds: Int) -> Int {
    let samples =
      Architecture.samplesPerMillisecond * clipMilliseconds - Architecture.windowSamples
    return 1 + max(0, samples)
      / (stride * Architecture.samplesPerMillisecond * stepMilliseconds)
  }

  /// Feature rows of one training window: the final rows plus what valid padding takes away on the way.
  ///
  /// The first convolution looks back `kernel − 1` rows at the front end's rate, all later stages at a rate that is
  /// `stride` times slower. 204 for `esphome-standard`.
  func windowRows(stepMilliseconds: Int) -> Int {
    finalRows(stepMilliseconds: stepMilliseconds) + firstKernel - 1 + stride * lostRows
  }

  /// Rows that the head sees of a window of `rows`.
  func headRows(windowRows rows: Int) -> Int { (rows - firstKernel) / stride + 1 - lostRows }

  /// Stream rows at which a training window may begin, modulo `stride`.
  ///
  /// The streaming model consumes rows `[s·k, s·k + s)` and its first convolution then sees the `kernel` rows that end
  /// there, so the window's first row is `s·k + s − kernel` for some `k`.
  var windowPhase: Int { ((-firstKernel % stride) + stride) % stride }
}

/// What stands between the last rows of a network and its logit.
public struct NetworkHead: Hashable, Sendable {
  /// What becomes of the rows before the dense unit.
  public enum Pooling: String, CaseIterable, Hashable, Sendable {
    /// The dense unit has weights for every row.
    case none
    /// The mean of all rows.
    case average
    /// The largest of all rows, channel by channel.
    case max
  }

  public var pooling: Pooling
  /// Weighs rows by a gate that looks at `attentionKernel` rows: `x[t] · σ(Σ w · [mean, max](x[t − k]))`.
  public var spatialAttention: Bool

  public init(pooling: Pooling = .none, spatialAttention: Bool = false) {
    self.pooling = pooling
    self.spatialAttention = spatialAttention
  }

  /// Rows that a gate sees.
  static let attentionKernel = 4
}
