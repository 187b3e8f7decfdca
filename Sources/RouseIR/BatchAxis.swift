import RouseNumerics

extension Op {
  /// True when row `n` of the results along axis 0 depends on row `n` of the activations alone, so that the operator may
  /// stand in a network that trains on batches.
  ///
  /// - Parameter inputs: shapes that `outputShapes` accepts.
  package func keepsBatch(_ inputs: [Shape]) -> Bool {
    switch self {
    case .conv2D, .depthwiseConv2D, .batchNorm, .averagePool2D, .maxPool2D, .quantize,
      .readVariable, .assignVariable, .fakeQuantize, .fakeRequantize:
      true
    case .logistic, .softmax: inputs[0].rank > 1
    case .add, .mul: inputs.contains { $0.rank == max(inputs[0].rank, inputs[1].rank) }
    case .fullyConnected(let op): op.keepsBatch(inputs[0], inputs[1])
    case .concatenation(let op): op.axis > 0
    case .splitV(let op): op.axis > 0
    case .pack(let op): op.axis > 0
    case .stridedSlice(let op): op.keepsBatch(inputs[0])
    case .reshape(let op): op.shape.first == inputs[0].dimensions.first
    case .mean(let op): !op.axes.contains(0)
    case .pad(let op): op.before[0] == 0 && op.after[0] == 0
    }
  }
}
