import RouseIR
import RouseNumerics

/// One trainable node with its tensors: input 0 is the activation, the rest are parameters.
struct FloatNode {
  let op: any TrainableOperator
  let inputs: [FloatView]
  let output: FloatView
  let scratch: FloatView
  let batch: Int
  let shape: Shape

  /// - Parameter shapes: input shapes of the graph, so that axis 0 of the first is 1.
  init(_ op: any TrainableOperator, _ shapes: [Shape], batch: Int, seed: UInt64 = 1) throws {
    self.op = op
    self.batch = batch
    var generator = SeededGenerator(seed: seed)
    func withBatch(_ shape: Shape) -> Shape { Shape([batch] + shape.dimensions.dropFirst()) }
    inputs = shapes.enumerated().map { index, shape in
      let full = index == 0 ? withBatch(shape) : shape
      return FloatView((0..<full.count).map { _ in generator.uniform(-2, 2) }, shape: full)
    }
    let results = try op.outputShapes(shapes, [])
    shape = withBatch(results[0])
    output = FloatView(zeros: shape)
    scratch = FloatView(zeros: [op.scratchCount(batch: batch, shapes, results)])
  }

  @discardableResult
  func forward(threads: Int = 1, isTraining: Bool = true) -> [Float] {
    op.forward(
      ForwardStep(
        inputs: inputs, outputs: [output], scratch: scratch,
        shards: Shards(batch: batch, threads: threads), isTraining: isTraining))
    return output.values
  }

  /// Gradients of `Σ output · gradient` with respect to the wanted inputs; others stay nil. Buffers start as NaN, so that
  /// a gradient that is not overwritten shows.
  func backward(_ gradient: [Float], wanted: Set<Int>, threads: Int = 1) -> [[Float]?] {
    let gradients = inputs.indices.map { index -> FloatView? in
      guard wanted.contains(index) else { return nil }
      let view = FloatView(zeros: inputs[index].shape)
      view.fill(.nan)
      return view
    }
    op.backward(
      BackwardStep(
        inputs: inputs, outputs: [output], outputGradients: [FloatView(gradient, shape: shape)],
        inputGradients: gradients, scratch: scratch,
        shards: Shards(batch: batch, threads: threads)))
    return gradients.map { $0?.values }
  }

  /// `Σ output · gradient`, summed in double.
  func loss(_ gradient: [Float]) -> Double {
    zip(forward(), gradient).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  /// The largest distance between a gradient and central differences, relative to the largest of that input.
  ///
  /// The step of 1/128 keeps the rounding of float32 (about 1e-7 · 128) and the curvature of the tested operators near
  /// 1e-4. Elements whose two one-sided differences disagree by more than `kink` sit at a kink of an activation and are
  /// skipped; the second result is how many were compared.
  func gradientError(
    _ gradient: [Float], wanted: [Int], kink: Double
  ) -> (relative: Double, compared: Int) {
    forward()
    let analytic = backward(gradient, wanted: Set(wanted))
    let middle = loss(gradient)
    let step: Float = 1 / 128
    var worst = 0.0
    var compared = 0
    for index in wanted {
      let values = analytic[index] ?? []
      let largest = values.reduce(1e-3) { max($0, Double(abs($1))) }
      for element in values.indices {
        let view = inputs[index]
        let value = view[element]
        view[element] = value + step
        let above = (loss(gradient) - middle) / Double(step)
        view[element] = value - step
        let below = (middle - loss(gradient)) / Double(step)
        view[element] = value
        if abs(above - below) > kink * largest { continue }
        compared += 1
        worst = max(worst, abs((above + below) / 2 - Double(values[element])) / largest)
      }
    }
    return (worst, compared)
  }
}

/// `count` seeded floats in `-1..<1`.
func randomFloats(_ count: Int, seed: UInt64) -> [Float] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in generator.uniform(-1, 1) }
}

/// The largest distance between two equally long vectors.
func distance(_ a: [Float], _ b: [Float]) -> Float {
  precondition(a.count == b.count)
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
