import RouseIR
import RouseNumerics
import RouseTraining
import Testing

/// Gradients of whole networks, one of each kind and option.
@Suite struct ArchitectureGradientTests {
  private static let cases: [(name: String, architecture: Architecture)] = [
    (
      "residual connections, repetition, attention, mean",
      .mixedNet(
        MixedNetArchitecture(
          clipMilliseconds: 200, firstConvFilters: 3, firstConvKernel: 2, stride: 2,
          blocks: [
            .init(kernels: [2, 3], filters: 4, repeats: 2, isResidual: true),
            .init(kernels: [1], filters: 3),
          ], head: NetworkHead(pooling: .average, spatialAttention: true)))
    ),
    (
      "no first convolution, maximum",
      .mixedNet(
        MixedNetArchitecture(
          clipMilliseconds: 80, firstConvFilters: 0, firstConvKernel: 1, stride: 1,
          blocks: [.init(kernels: [3], filters: 3, isResidual: true)],
          head: NetworkHead(pooling: .max)))
    ),
    (
      "branches, grouped normalization",
      .inception(
        InceptionArchitecture(
          clipMilliseconds: 80, firstConvFilters: 4, firstConvKernel: 2, firstConvGroups: 2,
          blocks: [.init(kernel: 2, branchFilters: 2, filters: 3)]))
    ),
  ]

  @Test(arguments: cases.indices)
  func gradientsAreTheSlopesOfTheLoss(_ index: Int) throws {
    var generator = SeededGenerator(seed: UInt64(index) + 3)
    let graph = try Self.cases[index].architecture.graph(
      stepMilliseconds: 10, generator: &generator)
    try GraphVerifier.verify(graph, phase: .training)
    try GradientProblem(graph, target: "dense").check()
  }
}
