import RouseIR
import RouseNumerics

extension NetworkBuilder {
  /// Appends attention and pooling as `head` says, then the dense unit.
  ///
  /// - Parameters:
  ///   - rows: rows of a window that reach the head.
  ///   - isScan: one logit for every window in a longer stretch, instead of one probability for a window.
  mutating func addHead(_ head: NetworkHead, rows: Int, isScan: Bool) throws(GraphError) {
    var rows = rows
    if head.spatialAttention, rows > 1 {
      try addAttention()
      rows -= NetworkHead.attentionKernel - 1
    }
    if head.pooling != .none, rows > 1 {
      try addPooling(head.pooling, rows: rows)
      rows = 1
    }
    let features = rows * shape(x)[3]
    guard isScan else {
      let flat = try one("flatten", .reshape(Reshape(shape: [1, features])), [x])
      let logit = try one(
        "dense", .fullyConnected(FullyConnected()),
        [flat, weights("dense", [1, features], fanIn: features, gain: 1), denseBias()])
      builder.output(try one("probability", .logistic(Logistic()), [logit]))
      return
    }
    let weights = weights("dense", [1, rows, 1, shape(x)[3]], fanIn: features, gain: 1)
    builder.output(try one("dense", .conv2D(Conv2D()), [x, weights, denseBias()]))
  }

  /// Mean and maximum over the channels of each row, a convolution of both over four rows, and the rows times its
  /// logistic function. The rows whose gate would look too far back are dropped.
  ///
  /// The channels become the width of an image so that pooling, for which esp-nn has kernels, can reduce them.
  ///
  /// - Source: Woo et al., "CBAM: Convolutional Block Attention Module", ECCV 2018, section 3, with time as the only
  ///   place.
  private mutating func addAttention() throws(GraphError) {
    let (rows, channels) = (shape(x)[1], shape(x)[3])
    let kernel = NetworkHead.attentionKernel
    let image = try one(
      "attention/channels", .reshape(Reshape(shape: [1, rows, channels, 1])), [x])
    let mean = try one(
      "attention/mean", .averagePool2D(AveragePool2D(filterH: 1, filterW: channels)), [image])
    let most = try one(
      "attention/max", .maxPool2D(MaxPool2D(filterH: 1, filterW: channels)), [image])
    let both = try one("attention/pooled", .concatenation(Concatenation(axis: 3)), [mean, most])
    let weights = weights("attention", [1, kernel, 1, 2], fanIn: 2 * kernel, gain: 1)
    let logits = try one("attention/logits", .conv2D(Conv2D()), [both, weights])
    let gate = try one("attention/gate", .logistic(Logistic()), [logits])
    let newest = try dropping(kernel - 1, of: x, as: "attention/newest")
    x = try one("attention", .mul(Mul()), [newest, gate])
  }

  private mutating func addPooling(
    _ pooling: NetworkHead.Pooling, rows: Int
  ) throws(GraphError) {
    let op: Op =
      pooling == .max
      ? .maxPool2D(MaxPool2D(filterH: rows, filterW: 1))
      : .averagePool2D(AveragePool2D(filterH: rows, filterW: 1))
    x = try one("pool", op, [x])
  }

  private mutating func denseBias() -> ValueID {
    builder.constant("dense/bias", .float32([0]), shape: [1], isParameter: true)
  }
}
