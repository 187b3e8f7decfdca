import Foundation
import RouseCompiler
import RouseIR
import RouseRuntime
import Testing

/// Errors of int8 against float, by hand on a network of one operator and by property on a whole one.
@Suite struct LayerReportTests {
  private static let steps: [[Int8]] = [[-128, 0], [10, 127], [100, -1]]

  /// `y = 0.5 · a − 0.25 · b` of the input `(a, b)` in quarters of a unit.
  private static func networks(outputScale: Float) throws -> (float: Graph, int8: Graph) {
    func graph(
      _ input: TensorType, _ weights: (TensorData, TensorType), _ output: TensorType,
      bias: (TensorData, TensorType)
    ) -> Graph {
      Graph(
        name: "dense",
        values: [
          Value(name: "x", type: input),
          Value(name: "w", type: weights.1, constant: weights.0),
          Value(name: "b", type: bias.1, constant: bias.0), Value(name: "y", type: output),
        ],
        nodes: [
          Node(
            .fullyConnected(FullyConnected()), inputs: [ValueID(0), ValueID(1), ValueID(2)],
            outputs: [ValueID(3)])
        ], inputs: [ValueID(0)], outputs: [ValueID(3)])
    }
    let float = graph(
      TensorType([1, 2]), (.float32([0.5, -0.25]), TensorType([1, 2])), TensorType([1, 1]),
      bias: (.float32([0]), TensorType([1])))
    // 0.5 and −0.25 are 64 and −32 steps of 1/128: only the output rounds.
    let int8 = graph(
      TensorType([1, 2], .int8, Quantization(scale: 0.25, zeroPoint: 0)),
      (.int8([64, -32]), TensorType([1, 2], .int8, Quantization(scale: 1 / 128, zeroPoint: 0))),
      TensorType([1, 1], .int8, Quantization(scale: outputScale, zeroPoint: 0)),
      bias: (.int32([0]), TensorType([1], .int32, Quantization(scale: 1 / 512, zeroPoint: 0))))
    return (float, int8)
  }

  private func cycles() throws -> TargetProfile.Cycles {
    try TargetCatalog.profile("esp32-s3-n16r8").cycles
  }

  @Test func handComputed() throws {
    let (float, int8) = try Self.networks(outputScale: 0.3)
    let report = try LayerReport.measure(
      float: float, int8: int8, over: Self.steps, cycles: try cycles())
    // f = 0.25·(a/2 − b/4); the device rounds f / 0.3 to an integer and cannot go below −128 · 0.3.
    let reals: [Double] = Self.steps.map { 0.25 * (Double($0[0]) / 2 - Double($0[1]) / 4) }
    #expect(reals == [-16, -6.6875, 12.5625])
    let scale = Double(Float(0.3))
    let codes = [-53.0, -22, 42]
    let noise = zip(reals, codes).map { ($0 - $1 * scale) * ($0 - $1 * scale) }.reduce(0, +)
    let signal = reals.map { $0 * $0 }.reduce(0, +)
    let tensor = try #require(report.tensors.first)
    #expect(report.steps == 3 && report.tensors.count == 1)
    #expect(tensor.name == "y" && tensor.operation == "FULLY_CONNECTED" && tensor.shape == [1, 1])
    let decibels = try #require(tensor.signalToNoise)
    #expect(abs(decibels - 10 * log10(signal / noise)) <= 0.005)
    let worst = zip(reals, codes).map { abs($0 / scale - $1) }.max() ?? 0
    #expect(abs(tensor.largestErrorSteps - worst) <= 0.005)
    #expect(tensor.seenLow == -16 && tensor.seenHigh == 12.5625 && tensor.clippedShare == 0)
    #expect(abs(tensor.heldLow + 38.4) < 1e-5 && abs(tensor.heldHigh - 38.1) < 1e-5)
    let layer = try #require(report.layers.first)
    #expect(layer.macs == 2 && layer.weightBytes == 2 + 4)
    let profile = try cycles()
    let expected =
      profile.cycles(.fullyConnected, Cost(macs: 2, requantizations: 1)) + profile.perNode.value
    #expect(layer.cycles == Int(expected.rounded()))
  }

  @Test func exactTensorsAndClippedOnes() throws {
    let (float, exact) = try Self.networks(outputScale: 0.0625)
    let report = try LayerReport.measure(
      float: float, int8: exact, over: [[0, 0], [4, 4], [-8, 4]], cycles: try cycles())
    let tensor = try #require(report.tensors.first)
    #expect(tensor.signalToNoise == nil && tensor.largestErrorSteps == 0)
    #expect(tensor.decibels == .infinity)
    #expect(report.text.contains("exact"))
    // −16 and 12.5625 lie beyond ±8: two of three.
    let clipped = try LayerReport.measure(
      float: float, int8: exact, over: Self.steps, cycles: try cycles())
    #expect(clipped.tensors.first?.clippedShare == 2.0 / 3)
    #expect(clipped.text.contains("66.67 %"))
  }

  @Test func resultsWithoutAPartnerAreLeftOut() throws {
    var (float, int8) = try Self.networks(outputScale: 0.3)
    int8.values[3].name = "other"
    var report = try LayerReport.measure(
      float: float, int8: int8, over: Self.steps, cycles: try cycles())
    #expect(report.tensors.isEmpty && report.layers.count == 1 && report.worst == nil)
    float.values[0].type.shape = [1, 3]
    report.steps = 0
    let mismatched = float
    #expect(throws: GraphError.self) {
      try LayerReport.measure(float: mismatched, int8: int8, over: Self.steps, cycles: cycles())
    }
  }

  @Test func aWholeNetworkIsMeasuredLayerByLayer() throws {
    let made = try TinyCompilation.made()
    let report = made.result.verification.layers
    let streaming = made.result.planned.quantized.streaming
    #expect(report.layers.count == streaming.nodes.count)
    #expect(report.macs == Budget.costs(of: streaming).reduce(0) { $0 + $1.cost.macs })
    #expect(report.steps == 105, "all of 120 and 90 rows, two a step")
    // Only the output in the unsigned type has no float partner.
    let results = streaming.nodes.flatMap(\.outputs).count
    #expect(report.tensors.count == results - 1)
    let ratios = report.worstFirst.map(\.decibels)
    #expect(ratios == ratios.sorted() && report.worst == report.worstFirst.first)
    // The tiny network was calibrated on like rows: nothing may be far off.
    #expect(report.tensors.allSatisfy { $0.decibels > 15 && $0.clippedShare < 0.05 })
  }

  @Test func textIsAlignedAndNarrow() throws {
    let report = try TinyCompilation.made().result.verification.layers
    let lines = report.text.split(separator: "\n")
    #expect(lines.count == report.tensors.count + 3)
    #expect(lines.allSatisfy { $0.count <= 120 })
    #expect(Set(lines[1..<lines.count - 1].map(\.count)).count == 1)
    let worst = try #require(report.worst)
    #expect(lines[2].hasPrefix(worst.name) && lines[2].contains(worst.operation))
    let json = JSONEncoder()
    json.outputFormatting = .sortedKeys
    let data = try json.encode(report)
    #expect(try JSONDecoder().decode(LayerReport.self, from: data) == report)
  }
}
