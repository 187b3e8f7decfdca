import RouseCompiler
import RouseIR
import RouseNumerics
import RouseTraining
import Testing

/// What `rouse architectures` says of the built-in presets.
@Suite struct ArchitectureFiguresTests {
  private static let presets = ["vad", "esphome-large"]

  /// Computed once for all tests.
  private static let all = Result {
    let profile = try TargetCatalog.profile("esp32-s3-n16r8")
    return try presets.map { try ArchitectureFigures(of: try Preset(named: $0), on: profile) }
  }

  private static func figures(_ preset: String) throws -> ArchitectureFigures {
    try #require(try all.get().first { $0.preset == preset })
  }

  /// Multiply-accumulates and biases as counted in the published models of these shapes.
  @Test(arguments: [
    ("esphome-standard", 24_800, 513), ("vad", 13_760, 305), ("esphome-v1", 59_008, 657),
  ])
  func networksHaveThePublishedSizes(_ name: String, _ products: Int, _ biases: Int) throws {
    let preset = try Preset(named: name)
    var generator = SeededGenerator(seed: 1)
    let training = try preset.architecture.graph(
      stepMilliseconds: preset.stepMilliseconds, generator: &generator)
    let graph = try MakeStreaming.apply(to: try FoldBatchNorm.apply(to: training))
    let sums = graph.nodes.reduce(0) { sum, node in
      let (inputs, outputs) = (graph.inputTypes(of: node), graph.outputTypes(of: node))
      return sum + node.op.definition.cost(inputs.map(\.shape), outputs.map(\.shape)).macs
    }
    #expect(sums == products)
    let constants = graph.values.filter { $0.constant != nil }.reduce(0) {
      $0 + $1.type.shape.count
    }
    // Every weight is used once in a step.
    #expect(constants == products + biases)
  }

  @Test func figuresAreThoseOfTheNetwork() throws {
    let vad = try Self.figures("vad")
    #expect(vad.multiplyAccumulates == 13_760)
    #expect(vad.weightBytes == 13_760 + 4 * 305)
    #expect(vad.stepMilliseconds == 30)
    #expect(vad.windowMilliseconds == 760)
  }

  @Test(arguments: presets)
  func everyPresetRunsOnAnS3(_ preset: String) throws {
    let figures = try Self.figures(preset)
    #expect(figures.canRun, "\(figures.obstacles)")
    #expect(figures.obstacles.isEmpty)
    #expect(figures.loadPercent < 50)
    #expect(figures.fileBytes > figures.weightBytes)
    #expect(figures.arenaBytes > 4096)
  }

  @Test func theLargeNetworkIsLargeAndInTime() throws {
    let figures = try Self.figures("esphome-large")
    #expect((60_000...80_000).contains(figures.parameters))
    #expect(figures.inferenceMicroseconds < 30_000)
  }

  /// 340,000 multiply-accumulates every 10 ms are too many for a board without vector instructions.
  @Test func anObstacleIsNamed() throws {
    var preset = try Preset(named: "esphome-standard")
    preset.name = "huge"
    preset.architecture = .mixedNet(
      MixedNetArchitecture(
        clipMilliseconds: 100, firstConvFilters: 0, firstConvKernel: 1, stride: 1,
        pointwiseFilters: [Int](repeating: 256, count: 6),
        mixconvKernels: [[Int]](repeating: [1], count: 6)))
    let figures = try ArchitectureFigures(
      of: preset, on: try TargetCatalog.profile("esp32-c3"))
    #expect(!figures.canRun)
    #expect(!figures.obstacles.isEmpty)
  }
}
