import RouseIR
import RouseNumerics
import RouseTraining
import Testing

@Suite struct MixedNetTests {
  private func standard() throws -> Graph {
    var generator = SeededGenerator(seed: 1)
    return try MixedNet.graph(MixedNetArchitecture(), stepMilliseconds: 10, generator: &generator)
  }

  private func shape(_ graph: Graph, _ name: String) -> Shape? {
    graph.value(named: name).map { graph[$0].type.shape }
  }

  /// Rows and parameters of the published network (its trainer's own arithmetic gives the same).
  @Test func standardNetworkHasThePublishedShape() throws {
    let graph = try standard()
    #expect(shape(graph, "features") == [1, 204, 40])
    #expect(shape(graph, "first_conv") == [1, 67, 1, 32])
    #expect(shape(graph, "block1/batch_norm") == [1, 63, 1, 64])
    #expect(shape(graph, "block2/batch_norm") == [1, 53, 1, 64])
    #expect(shape(graph, "block3/batch_norm") == [1, 39, 1, 64])
    #expect(shape(graph, "block4/batch_norm") == [1, 17, 1, 64])
    #expect(shape(graph, "dense/weights") == [1, 1088])
    #expect(shape(graph, "probability") == [1, 1])
    #expect(ParameterLayout(graph).parameterCount == 25_537)
    #expect(graph.outputs.count == 1)
  }

  /// 1000 ms and 500 ms give the shapes of published models: 187 rows and 704 inputs, 170 rows and 384.
  @Test(arguments: [(1500, 204, 1088), (1000, 187, 704), (500, 170, 384)])
  func rowsFollowTheClip(_ milliseconds: Int, _ rows: Int, _ dense: Int) throws {
    let architecture = MixedNetArchitecture(clipMilliseconds: milliseconds)
    #expect(Architecture.mixedNet(architecture).windowRows(stepMilliseconds: 10) == rows)
    var generator = SeededGenerator(seed: 1)
    let graph = try MixedNet.graph(architecture, stepMilliseconds: 10, generator: &generator)
    #expect(shape(graph, "dense/weights") == [1, dense])
  }

  /// Names, order, operators and weights of the network as every run so far has trained it: checkpoints depend on them.
  @Test func standardNetworkIsTheSameToTheLastBit() throws {
    let text = GraphText.print(try standard(), .full)
    #expect(
      SHA256.hex(SHA256.digest(Array(text.utf8)))
        == "2930bb682d7064d8ed094f1bceac1520b2518878efe459418bdd3a907d3f4710")
  }

  @Test func weightsDependOnTheSeedAlone() throws {
    #expect(try standard() == standard())
    var generator = SeededGenerator(seed: 2)
    let other = try MixedNet.graph(
      MixedNetArchitecture(), stepMilliseconds: 10, generator: &generator)
    #expect(try standard() != other)
  }

  /// A window's first stem result must be one that the streaming model makes too. Its step `k` has consumed `3k + 3`
  /// rows and sees the last five, so windows begin at `3k − 2`.
  @Test func windowsBeginWhereTheStreamingModelLooks() {
    #expect(Architecture.mixedNet(MixedNetArchitecture()).windowPhase == 1)
    for stride in 1...4 {
      for kernel in 1...9 {
        let network = MixedNetArchitecture(firstConvKernel: kernel, stride: stride)
        let phase = Architecture.mixedNet(network).windowPhase
        #expect((phase + kernel) % stride == 0)
        #expect((0..<stride).contains(phase))
      }
    }
  }

  @Test func layoutKeepsValues() throws {
    let graph = try standard()
    let layout = ParameterLayout(graph)
    #expect(layout.entries.allSatisfy { $0.offset % 16 == 0 })
    #expect(layout.entries.filter(\.isTrainable).allSatisfy { $0.offset < layout.trainableCount })
    #expect(layout.graph(graph, with: layout.values(of: graph)) == graph)
    let other = FloatBuffer(count: layout.count)
    #expect(layout.graph(graph, with: other) != graph)
  }
}
