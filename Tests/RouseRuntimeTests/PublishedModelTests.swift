import RouseIR
import RouseNumerics
import RouseRuntime
import Testing

/// A published streaming model, step by step against TFLite Micro.
@Suite struct PublishedModelTests {
  private func graph() throws -> Graph {
    try GraphText.parse(
      String(
        decoding: try InputFile.read(try Fixture.path("published/vad.graph")), as: UTF8.self))
  }

  @Test func probabilitiesMatchTFLiteMicro() throws {
    let rows = try Fixture.int8s("published/rows.npy")
    let expected = try Fixture.uint8s("published/probabilities.npy")
    #expect(Set(expected).count > 40)
    var interpreter = try Interpreter(try graph())
    #expect(interpreter.runStream(rows) == expected)
    interpreter.reset()
    #expect(interpreter.runStream(rows) == expected)
  }

  /// TFLite Micro's own planner needs the same 1536 bytes for this model's activations.
  @Test func greedyPlanIsAsSmallAsTFLiteMicros() throws {
    #expect(ArenaPlan(greedyFor: try graph()).bytes == 1536)
  }

  @Test func textIsAFixedPoint() throws {
    let graph = try graph()
    #expect(try GraphText.parse(GraphText.print(graph, .full)) == graph)
  }

  /// The float meaning of the same weights ends within 0.1 of the int8 probabilities: 8 bits of each of 9 layers.
  @Test func floatMeaningIsClose() throws {
    let graph = try graph()
    let rows = try Fixture.int8s("published/rows.npy")
    let expected = try Fixture.uint8s("published/probabilities.npy")
    let interpreter = try FloatInterpreter(graph.dequantized())
    let quantization = try #require(graph[graph.inputs[0]].type.quantization)
    var worst: Float = 0
    for (step, probability) in expected.enumerated() {
      let result = interpreter.run(
        rows[step * 120..<step * 120 + 120].map {
          quantization.scale * Float(Int32($0) - quantization.zeroPoint)
        })
      worst = max(worst, abs(result[0] - Float(probability) / 256))
    }
    #expect(worst < 0.1)
  }
}

extension Graph {
  /// The float graph that the integers of a quantized graph stand for.
  fileprivate func dequantized() -> Graph {
    var result = self
    for index in values.indices {
      let type = values[index].type
      result.values[index].type = TensorType(type.shape)
      guard let data = values[index].constant, let quantization = type.quantization else {
        continue
      }
      let integers: [Int32]
      switch data {
      case .int8(let values): integers = values.map(Int32.init)
      case .int32(let values): integers = values
      case .uint8(let values): integers = values.map(Int32.init)
      case .float32: continue
      }
      let inner = quantization.axis.map { type.shape.dimensions[($0 + 1)...].reduce(1, *) } ?? 1
      result.values[index].constant = .float32(
        integers.enumerated().map { position, value in
          let channel = quantization.axis.map { position / inner % type.shape[$0] } ?? 0
          return quantization.scales[channel] * Float(value - quantization.zeroPoint)
        })
    }
    for index in variables.indices {
      result.variables[index].type = TensorType(variables[index].type.shape)
    }
    return result
  }
}
