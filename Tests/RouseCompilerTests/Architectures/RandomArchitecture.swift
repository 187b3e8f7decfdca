import RouseIR
import RouseNumerics
import RouseTraining

/// A small network of either family with random options, and what the tests need to run it.
struct RandomArchitecture: Sendable, CustomStringConvertible {
  static let seeds: Range<UInt64> = 0..<24
  static let stepMilliseconds = 10

  let architecture: Architecture
  let seed: UInt64

  /// Seeds go through the families, strides, heads and residual connections in turn; widths, kernels and lengths are
  /// drawn.
  init(seed: UInt64) {
    self.seed = seed
    var generator = SeededGenerator(seed: seed, stream: 0xA2C)
    let stride = 1 + Int(seed) % 3
    let pooling: NetworkHead.Pooling = [.none, .average, .max][Int(seed / 3) % 3]
    let head = NetworkHead(pooling: pooling, spatialAttention: (seed / 2) % 2 == 0 || seed % 8 == 3)
    let kernel = stride + generator.below(4)
    // Sound for 4 to 9 rows at the head: see `WindowedNetwork.finalRows`.
    let clip = 30 + Self.stepMilliseconds * stride * (stride * (4 + generator.below(6)) - 1)
    if seed % 4 == 3 {
      architecture = .inception(
        InceptionArchitecture(
          clipMilliseconds: clip, firstConvFilters: 8, firstConvKernel: kernel,
          firstConvGroups: [1, 2, 4][generator.below(3)], stride: stride,
          blocks: (0..<1 + generator.below(2)).map { _ in
            .init(
              kernel: 1 + generator.below(4), branchFilters: 2 + generator.below(3),
              filters: 3 + generator.below(4))
          }, head: head))
      return
    }
    let hasFirst = seed % 5 != 4 || stride > 1
    let blocks = (0..<1 + generator.below(2)).map { index in
      MixedNetArchitecture.Block(
        kernels: (0..<1 + generator.below(3)).map { _ in 1 + generator.below(6) },
        filters: 3 + generator.below(4), repeats: 1 + generator.below(2),
        isResidual: (Int(seed) + index) % 2 == 1)
    }
    architecture = .mixedNet(
      MixedNetArchitecture(
        clipMilliseconds: clip, firstConvFilters: hasFirst ? 5 + generator.below(4) : 0,
        firstConvKernel: hasFirst ? kernel : 1, stride: stride, blocks: blocks, head: head))
  }

  var description: String { "seed \(seed): \(architecture)" }

  var windowRows: Int { architecture.windowRows(stepMilliseconds: Self.stepMilliseconds) }

  /// The training graph with weights and statistics as training might leave them.
  func graph() throws -> Graph {
    var generator = SeededGenerator(seed: seed, stream: 0xB0D)
    var graph = try architecture.graph(
      stepMilliseconds: Self.stepMilliseconds, generator: &generator)
    for index in graph.values.indices where graph.values[index].constant != nil {
      let (name, count) = (graph.values[index].name, graph.values[index].type.shape.count)
      let range: ClosedRange<Float>? =
        switch name.split(separator: "/").last {
        case "bias", "mean": -0.5...0.5
        case "beta", "gamma", "variance": 0.5...1.5
        default: nil
        }
      guard let range else { continue }
      graph.values[index].constant = .float32(
        (0..<count).map { _ in generator.uniform(range.lowerBound, range.upperBound) })
    }
    return graph
  }

  /// Device features: a valley that wanders through the channels.
  func rows(_ count: Int) -> [Int8] { Self.rows(count, seed: seed) }

  static func rows(_ count: Int, seed: UInt64) -> [Int8] {
    var generator = SeededGenerator(seed: seed, stream: 0xFEA)
    return (0..<count).flatMap { row in
      (0..<40).map { channel in
        let place = (3 * row + 2 * channel) % 40
        return Int8(generator.below(8 + 5 * abs(20 - place)) - 128)
      }
    }
  }

  static func features(_ rows: [Int8]) -> [Float] {
    rows.map { (Float($0) + 128) * (1665.0 / 16384) }
  }
}
