import RouseFrontEnd
import RouseIR
import RouseNumerics

/// The network of a preset: a family of networks, and the numbers that choose one of it.
public enum Architecture: Hashable, Sendable {
  case mixedNet(MixedNetArchitecture)
  case inception(InceptionArchitecture)

  /// Width of a feature row.
  static let channels = MicroFrontEnd.channels
  /// Samples of one feature window, 30 ms.
  static let windowSamples = MicroFrontEnd.windowSamples
  static let samplesPerMillisecond = MicroFrontEnd.sampleRate / 1000

  /// The chosen network.
  var network: any WindowedNetwork {
    switch self {
    case .mixedNet(let network): network
    case .inception(let network): network
    }
  }

  /// Rows that one streaming step consumes.
  public var stride: Int { network.stride }

  /// Feature rows of one training window.
  public func windowRows(stepMilliseconds: Int) -> Int {
    network.windowRows(stepMilliseconds: stepMilliseconds)
  }

  /// Stream rows at which a training window may begin, modulo `stride`.
  public var windowPhase: Int { network.windowPhase }

  /// Rows that the network really reads of a window of `rows`: strides may leave some at the end out.
  func usedRows(windowRows rows: Int) -> Int {
    (rows - network.firstKernel) / stride * stride + network.firstKernel
  }

  /// The training graph over one window of `windowRows` rows, with new weights.
  ///
  /// Weights begin uniform with the variance that keeps the size of activations: `2/fan_in` before a relu, `1/fan_in`
  /// elsewhere. The moving statistics of batch normalization are constants that are not parameters: training changes
  /// them, but not along a gradient.
  ///
  /// - Source: He et al., "Delving Deep into Rectifiers", ICCV 2015, equation 10.
  public func graph(
    stepMilliseconds: Int, name: String? = nil, generator: inout SeededGenerator
  ) throws(TrainingError) -> Graph {
    let rows = windowRows(stepMilliseconds: stepMilliseconds)
    var builder = NetworkBuilder(name: name ?? network.graphName, generator: generator)
    do {
      try builder.addFeatures(rows: rows)
      try network.addBody(to: &builder)
      try builder.addHead(
        network.head, rows: network.headRows(windowRows: rows), isScan: false)
    } catch {
      throw .graph(error)
    }
    generator = builder.generator
    return builder.builder.graph
  }

  /// The same network over a longer stretch of features, giving one logit for each of `steps` streaming steps: the dense
  /// unit becomes a convolution along time with the same weights, everything before it is one already.
  ///
  /// Reading a stream this way costs the work of a streaming model, a fortieth of running every window by itself.
  /// The result is `[1, steps, 1, 1]`: logits, before the logistic function. Parameters have the names and the
  /// element order of `graph`; their contents are arbitrary.
  package func scanGraph(
    stepMilliseconds: Int, steps: Int
  ) throws(TrainingError) -> Graph {
    let rows = windowRows(stepMilliseconds: stepMilliseconds)
    var builder = NetworkBuilder(name: "scan", generator: SeededGenerator(seed: 0))
    do {
      try builder.addFeatures(rows: rows + (steps - 1) * stride)
      try network.addBody(to: &builder)
      try builder.addHead(network.head, rows: network.headRows(windowRows: rows), isScan: true)
    } catch {
      throw .graph(error)
    }
    return builder.builder.graph
  }
}
