import Foundation
import RouseIR
import RouseNumerics
import Testing

/// Float forward and backward of the operators that compute, against plain loops in double and finite differences.
@Suite struct ComputeOperatorFloatTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let op: Op
    let shapes: [Shape]
    var testDescription: String {
      op.name + " "
        + op.definition.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        + " \(shapes)"
    }
  }

  static func conv(_ op: Conv2D, _ shapes: Shape...) -> Example {
    Example(op: .conv2D(op), shapes: shapes)
  }
  static func depthwise(_ op: DepthwiseConv2D, _ shapes: Shape...) -> Example {
    Example(op: .depthwiseConv2D(op), shapes: shapes)
  }
  static func dense(_ op: FullyConnected, _ shapes: Shape...) -> Example {
    Example(op: .fullyConnected(op), shapes: shapes)
  }

  /// Fast paths, their edges (channels that do not fill a register, kernels longer than the result) and general paths.
  static let examples: [Example] = [
    conv(Conv2D(), [1, 3, 1, 4], [5, 1, 1, 4]),
    conv(Conv2D(activation: .reluN1To1), [1, 3, 1, 4], [5, 1, 1, 4]),
    conv(Conv2D(activation: .relu), [1, 3, 2, 4], [2, 1, 1, 4], [2]),
    conv(Conv2D(strideH: 3, activation: .relu), [1, 11, 1, 4], [3, 5, 1, 4]),
    conv(Conv2D(strideH: 2, activation: .relu6), [1, 7, 1, 3], [1, 3, 1, 3], [1]),
    conv(Conv2D(strideH: 2, padding: .same), [1, 6, 5, 2], [3, 3, 3, 2], [3]),
    conv(Conv2D(strideW: 2, dilationH: 2, padding: .same), [1, 6, 5, 2], [3, 4, 2, 2]),
    conv(Conv2D(dilationH: 2, dilationW: 3), [1, 7, 9, 2], [2, 3, 2, 2], [2]),
    conv(Conv2D(strideH: 2, strideW: 3), [1, 5, 5, 2], [2, 1, 1, 2]),
    depthwise(DepthwiseConv2D(), [1, 9, 1, 16], [1, 3, 1, 16]),
    depthwise(DepthwiseConv2D(activation: .relu6), [1, 9, 1, 32], [1, 5, 1, 32], [32]),
    depthwise(DepthwiseConv2D(activation: .relu), [1, 13, 1, 21], [1, 11, 1, 21], [21]),
    depthwise(DepthwiseConv2D(), [1, 15, 1, 17], [1, 15, 1, 17], [17]),
    depthwise(DepthwiseConv2D(), [1, 23, 1, 16], [1, 8, 1, 16], [16]),
    depthwise(DepthwiseConv2D(strideH: 2), [1, 10, 1, 16], [1, 3, 1, 16], [16]),
    depthwise(DepthwiseConv2D(), [1, 6, 1, 3], [1, 3, 1, 3], [3]),
    depthwise(DepthwiseConv2D(padding: .same), [1, 6, 1, 16], [1, 4, 1, 16], [16]),
    depthwise(
      DepthwiseConv2D(strideW: 2, padding: .same, multiplier: 2, activation: .relu),
      [1, 5, 6, 3], [1, 3, 2, 6], [6]),
    depthwise(DepthwiseConv2D(dilationH: 3, multiplier: 3), [1, 8, 1, 2], [1, 3, 1, 6]),
    dense(FullyConnected(), [1, 7], [1, 7], [1]),
    dense(FullyConnected(activation: .relu), [1, 20], [3, 20], [3]),
    dense(FullyConnected(activation: .relu6), [1, 5], [18, 5]),
  ]

  // MARK: - Forward

  /// The definition of the operator, in double.
  static func reference(_ node: FloatNode) -> [Float] {
    let (x, w) = (node.inputs[0], node.inputs[1])
    let bias = node.inputs.count == 3 ? node.inputs[2].values : nil
    var result = [Float](repeating: 0, count: node.shape.count)
    func finish(_ sum: Double, _ channel: Int, _ activation: Activation) -> Float {
      let value = Float(sum + Double(bias?[channel] ?? 0))
      switch activation {
      case .none: return value
      case .relu: return max(value, 0)
      case .relu6: return min(max(value, 0), 6)
      case .reluN1To1: return min(max(value, -1), 1)
      }
    }
    if let op = node.op as? FullyConnected {
      for n in 0..<node.batch {
        for o in 0..<w.shape[0] {
          var sum = 0.0
          for i in 0..<w.shape[1] {
            sum += Double(x[n * w.shape[1] + i]) * Double(w[o * w.shape[1] + i])
          }
          result[n * w.shape[0] + o] = finish(sum, o, op.activation)
        }
      }
      return result
    }
    let options: (Int, Int, Int, Int, Padding, Int?, Activation)
    if let op = node.op as? Conv2D {
      options = (
        op.strideH, op.strideW, op.dilationH, op.dilationW, op.padding, nil, op.activation
      )
    } else if let op = node.op as? DepthwiseConv2D {
      options = (
        op.strideH, op.strideW, op.dilationH, op.dilationW, op.padding, op.multiplier, op.activation
      )
    } else {
      return result
    }
    let (strideH, strideW, dilationH, dilationW, padding, multiplier, activation) = options
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let (outH, outW, results) = (node.shape[1], node.shape[2], node.shape[3])
    let (kernelH, kernelW) = (w.shape[1], w.shape[2])
    func before(_ out: Int, _ stride: Int, _ kernel: Int, _ dilation: Int, _ input: Int) -> Int {
      padding == .valid ? 0 : max((out - 1) * stride + (kernel - 1) * dilation + 1 - input, 0) / 2
    }
    let top = before(outH, strideH, kernelH, dilationH, height)
    let left = before(outW, strideW, kernelW, dilationW, width)
    for n in 0..<node.batch {
      for i in 0..<outH {
        for j in 0..<outW {
          for o in 0..<results {
            var sum = 0.0
            for u in 0..<kernelH {
              for v in 0..<kernelW {
                let (row, column) = (
                  i * strideH + u * dilationH - top, j * strideW + v * dilationW - left
                )
                guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                let place = ((n * height + row) * width + column) * channels
                if let multiplier {
                  sum +=
                    Double(x[place + o / multiplier])
                    * Double(w[(u * kernelW + v) * results + o])
                } else {
                  for c in 0..<channels {
                    sum +=
                      Double(x[place + c])
                      * Double(w[((o * kernelH + u) * kernelW + v) * channels + c])
                  }
                }
              }
            }
            result[((n * outH + i) * outW + j) * results + o] = finish(sum, o, activation)
          }
        }
      }
    }
    return result
  }

  /// Sums of at most 60 products of magnitude 4: 5e-5 is far above float32 rounding and far below any wrong term.
  @Test(arguments: examples)
  func forwardIsTheDefinition(example: Example) throws {
    let op = try #require(example.op.trainable)
    for batch in [1, 3, 17] {
      let node = try FloatNode(op, example.shapes, batch: batch)
      let found = node.forward()
      #expect(distance(found, Self.reference(node)) < 5e-5)
      if batch == 17 { #expect(found.contains { $0 != 0 }) }
    }
  }

  // MARK: - Backward

  /// Piecewise linear operators: central differences are exact but for float32 rounding of the forward result.
  @Test(arguments: examples)
  func gradientsAreFiniteDifferences(example: Example) throws {
    let op = try #require(example.op.trainable)
    let node = try FloatNode(op, example.shapes, batch: 2, seed: 5)
    let all = node.inputs.reduce(0) { $0 + $1.count }
    let error = node.gradientError(
      randomFloats(node.shape.count, seed: 9), wanted: Array(node.inputs.indices), kink: 2e-3)
    #expect(error.relative < 2e-3)
    #expect(error.compared > all / 2)
  }

  /// A gradient that nobody wants changes nothing in the others.
  @Test(arguments: examples)
  func unwantedGradientsAreLeftOut(example: Example) throws {
    let op = try #require(example.op.trainable)
    let node = try FloatNode(op, example.shapes, batch: 19)
    let dy = randomFloats(node.shape.count, seed: 2)
    node.forward()
    let all = node.backward(dy, wanted: Set(node.inputs.indices))
    for index in node.inputs.indices {
      node.forward()
      #expect(node.backward(dy, wanted: [index])[index] == all[index])
    }
  }

  // MARK: - Threads

  /// 70 examples are five shards; the same bits on one, two and four threads.
  @Test(arguments: examples + [BatchNormFloatTests.example])
  func threadsDoNotChangeBits(example: Example) throws {
    let op = try #require(example.op.trainable)
    func run(_ threads: Int) throws -> [[UInt32]?] {
      let node = try FloatNode(op, example.shapes, batch: 70)
      let y = node.forward(threads: threads)
      let gradients = node.backward(
        randomFloats(node.shape.count, seed: 3), wanted: [0, 1, 2], threads: threads)
      return ([y] + gradients).map { $0?.map(\.bitPattern) }
    }
    let one = try run(1)
    let two = try run(2)
    let four = try run(4)
    #expect(two == one)
    #expect(four == one)
  }
}

/// Batch normalization against its formula.
@Suite struct BatchNormFloatTests {
  static let example = ComputeOperatorFloatTests.Example(
    op: .batchNorm(BatchNorm(activation: .relu)),
    shapes: [[1, 5, 1, 18], [18], [18], [18], [18]])

  static func node(
    _ op: BatchNorm, _ x: Shape, batch: Int, offset: Float = 0
  ) throws -> FloatNode {
    let channels = x[x.rank - 1]
    let node = try FloatNode(
      op, [x, [channels], [channels], [channels], [channels]], batch: batch)
    for i in 0..<node.inputs[0].count { node.inputs[0][i] += offset }
    for i in 0..<channels { node.inputs[4][i] = 0.5 + abs(node.inputs[4][i]) }
    return node
  }

  /// The formula in double: batch mean and biased variance.
  static func reference(_ node: FloatNode, epsilon: Double) -> (
    y: [Float], mean: [Double], variance: [Double]
  ) {
    let (x, channels) = (node.inputs[0].values, node.inputs[1].count)
    let rows = x.count / channels
    var mean = [Double](repeating: 0, count: channels)
    var variance = mean
    for (i, value) in x.enumerated() { mean[i % channels] += Double(value) / Double(rows) }
    for (i, value) in x.enumerated() {
      variance[i % channels] += pow(Double(value) - mean[i % channels], 2) / Double(rows)
    }
    let y = x.enumerated().map { i, value in
      let c = i % channels
      let normal = (Double(value) - mean[c]) / (variance[c] + epsilon).squareRoot()
      return Float(Double(node.inputs[1][c]) * normal + Double(node.inputs[2][c]))
    }
    return (y, mean, variance)
  }

  /// With the data at 0 and far from it: a mean of 1000 leaves float32 inputs 6e-5 apart, so results differ by 1e-4.
  @Test(arguments: [(Float(0), Float(1e-5)), (1000, 1e-3)])
  func trainingNormalizesTheBatch(offset: Float, tolerance: Float) throws {
    for (x, batch) in [(Shape([1, 5, 1, 18]), 20), ([1, 3], 7), ([1, 4, 2, 33], 40)] {
      let op = BatchNorm(momentum: 0.75)
      let node = try Self.node(op, x, batch: batch, offset: offset)
      let before = (node.inputs[3].values, node.inputs[4].values)
      let found = node.forward()
      let expected = Self.reference(node, epsilon: Double(op.epsilon))
      #expect(distance(found, expected.y) < tolerance)
      for c in 0..<node.inputs[1].count {
        let mean = 0.75 * Double(before.0[c]) + 0.25 * expected.mean[c]
        let variance = 0.75 * Double(before.1[c]) + 0.25 * expected.variance[c]
        #expect(abs(Double(node.inputs[3][c]) - mean) < 1e-6 * max(1, abs(mean)))
        #expect(abs(Double(node.inputs[4][c]) - variance) < Double(tolerance))
      }
    }
  }

  @Test func inferenceUsesTheRunningStatistics() throws {
    for activation in Activation.allCases {
      let op = BatchNorm(epsilon: 0.01, activation: activation)
      let node = try Self.node(op, [1, 3, 1, 20], batch: 2)
      let before = (node.inputs[3].values, node.inputs[4].values)
      let found = node.forward(isTraining: false)
      let limit: ClosedRange<Float> =
        switch activation {
        case .none: -1e9...1e9
        case .relu: 0...1e9
        case .relu6: 0...6
        case .reluN1To1: -1...1
        }
      for (i, value) in found.enumerated() {
        let c = i % 20
        let deviation = (Double(before.1[c]) + 0.01).squareRoot()
        let exact = Double(node.inputs[1][c]) * Double(node.inputs[0][i] - before.0[c]) / deviation
        let y = min(max(Float(exact) + node.inputs[2][c], limit.lowerBound), limit.upperBound)
        #expect(abs(value - y) < 1e-5)
      }
      #expect(node.inputs[3].values == before.0 && node.inputs[4].values == before.1)
    }
  }

  /// Through the statistics of the batch; curvature leaves about 1e-3.
  /// The central difference of an element that passes as smooth is off by at most half of what the two sides differ;
  /// with both bounds among the results, a kink on one side can hide one on the other.
  @Test(arguments: Activation.allCases)
  func gradientsAreFiniteDifferences(activation: Activation) throws {
    for x in [Shape([1, 4, 1, 17]), [1, 3, 2, 5]] {
      let node = try Self.node(BatchNorm(activation: activation), x, batch: 4)
      let error = node.gradientError(
        randomFloats(node.shape.count, seed: 8), wanted: [0, 1, 2], kink: 0.02)
      #expect(error.relative < (activation == .reluN1To1 ? 0.022 : 0.011))
      #expect(error.compared > node.inputs[0].count / 2)
    }
  }

  @Test func aConstantChannelStaysFinite() throws {
    let node = try Self.node(BatchNorm(), [1, 4, 1, 3], batch: 2)
    node.inputs[0].fill(7)
    #expect(distance(node.forward(), (0..<24).map { node.inputs[2][$0 % 3] }) < 1e-6)
    let gradients = node.backward(randomFloats(24, seed: 1), wanted: [0, 1, 2])
    for gradient in gradients.compactMap({ $0 }) { #expect(gradient.allSatisfy { $0.isFinite }) }
  }
}
