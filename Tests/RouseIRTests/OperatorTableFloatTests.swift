import RouseIR
import RouseNumerics
import Testing

/// A row of the operator table with memory: activations have `batch` rows, results lie between guards.
private struct BoundExample {
  static let guardCount = 8

  let example: OperatorExample
  let batch: Int
  let inputs: [FloatView]
  let variables: [FloatView]
  let resultBuffers: [FloatBuffer]
  let results: [FloatView]
  let scratch: FloatView

  init(_ example: OperatorExample, batch: Int, seed: UInt64) throws {
    self.example = example
    self.batch = batch
    var generator = SeededGenerator(seed: seed)
    func random(_ shape: Shape) -> FloatView {
      FloatView((0..<shape.count).map { _ in generator.uniform(-2, 2) }, shape: shape)
    }
    func batched(_ shape: Shape) -> Shape { Shape([batch] + shape.dimensions.dropFirst()) }
    let isBatchNorm = example.op.name == BatchNorm.name
    inputs = example.inputs.enumerated().map { index, shape in
      let view = random(index < example.activations ? batched(shape) : shape)
      // The running variance is positive.
      if isBatchNorm && index == 4 { view.fill(1) }
      return view
    }
    variables = example.variables.map(random)
    let shapes = try example.resultShapes()
    resultBuffers = shapes.map { shape in
      let buffer = FloatBuffer(count: batched(shape).count + 2 * Self.guardCount)
      FloatView(buffer, shape: [buffer.count]).fill(.nan)
      return buffer
    }
    results = zip(resultBuffers, shapes).map {
      FloatView($0, offset: Self.guardCount, shape: batched($1))
    }
    let scratchCount =
      example.op.trainable?.scratchCount(batch: batch, example.inputs, shapes) ?? 0
    scratch = FloatView(zeros: [scratchCount])
  }

  func forward(threads: Int = 1) {
    example.op.definition.forward(
      ForwardStep(
        inputs: inputs, outputs: results, variables: variables, scratch: scratch,
        shards: Shards(batch: batch, threads: threads), isTraining: true))
  }

  /// `Σ result · gradient` over all results, in double.
  func loss(_ gradients: [FloatView]) -> Double {
    forward()
    var sum = 0.0
    for (result, gradient) in zip(results, gradients) {
      for (y, g) in zip(result.values, gradient.values) { sum += Double(y) * Double(g) }
    }
    return sum
  }
}

extension OperatorTableTests {
  static let trainable = OperatorExample.table.filter { $0.op.trainable != nil }
  static let smooth = trainable.filter { $0.op.gradientCheck == .finiteDifferences }

  /// Inference says how large the results are; forward fills exactly that.
  @Test(arguments: OperatorExample.table)
  func forwardFillsTheInferredShape(_ example: OperatorExample) throws {
    let batch = example.variables.isEmpty ? 3 : 1
    let bound = try BoundExample(example, batch: batch, seed: 1)
    bound.forward()
    for (buffer, result) in zip(bound.resultBuffers, bound.results) {
      let all = FloatView(buffer, shape: [buffer.count]).values
      #expect(result.values.allSatisfy { $0.isFinite })
      #expect(all.prefix(BoundExample.guardCount).allSatisfy { $0.isNaN })
      #expect(all.suffix(BoundExample.guardCount).allSatisfy { $0.isNaN })
    }
  }

  /// Central differences with step 1/64 in float32: values up to 4 round by 2e-7, so a difference is good to 3e-5; the
  /// curvature of logistic and batch norm adds up to 1e-3. Elements at a kink of relu are passed over.
  @Test(arguments: smooth)
  func gradientMatchesFiniteDifferences(_ example: OperatorExample) throws {
    let bound = try BoundExample(example, batch: 2, seed: 2)
    var generator = SeededGenerator(seed: 3)
    bound.forward()
    let outputGradients = bound.results.map { result in
      FloatView((0..<result.count).map { _ in generator.uniform(-1, 1) }, shape: result.shape)
    }
    // Batch norm's running statistics have no gradient.
    let wanted = example.op.name == BatchNorm.name ? 0..<3 : bound.inputs.indices
    let gradients = bound.inputs.enumerated().map { index, input -> FloatView? in
      guard wanted.contains(index) else { return nil }
      let view = FloatView(zeros: input.shape)
      view.fill(.nan)
      return view
    }
    try #require(example.op.trainable).backward(
      BackwardStep(
        inputs: bound.inputs, outputs: bound.results, outputGradients: outputGradients,
        inputGradients: gradients, scratch: bound.scratch,
        shards: Shards(batch: 2, threads: 1)))
    let step: Float = 1 / 64
    var compared = 0
    for (input, gradient) in zip(bound.inputs, gradients) {
      guard let analytic = gradient?.values else { continue }
      for index in 0..<input.count {
        let value = input[index]
        let middle = bound.loss(outputGradients)
        input[index] = value + step
        let above = (bound.loss(outputGradients) - middle) / Double(step)
        input[index] = value - step
        let below = (middle - bound.loss(outputGradients)) / Double(step)
        input[index] = value
        if abs(above - below) > 0.05 { continue }
        compared += 1
        let expected = (above + below) / 2
        #expect(
          abs(expected - Double(analytic[index])) < 2e-3 * max(1, abs(expected)), "element \(index)"
        )
      }
    }
    #expect(compared * 2 > bound.inputs[wanted].reduce(0) { $0 + $1.count })
  }

  /// 37 rows are three shards: the threads that run them do not change a bit.
  @Test(arguments: trainable)
  func threadsDoNotChangeResults(_ example: OperatorExample) throws {
    let one = try BoundExample(example, batch: 37, seed: 4)
    let three = try BoundExample(example, batch: 37, seed: 4)
    one.forward(threads: 1)
    three.forward(threads: 3)
    for (a, b) in zip(one.results, three.results) { #expect(a.values == b.values) }
  }

  @Test func variablesAreReadAndAssigned() throws {
    for example in OperatorExample.table where !example.variables.isEmpty {
      let bound = try BoundExample(example, batch: 1, seed: 5)
      bound.forward()
      if case .readVariable(let op) = example.op {
        #expect(bound.results[0].values == bound.variables[op.variable.index].values)
      }
      if case .assignVariable(let op) = example.op {
        #expect(bound.variables[op.variable.index].values == bound.inputs[0].values)
      }
    }
  }
}
