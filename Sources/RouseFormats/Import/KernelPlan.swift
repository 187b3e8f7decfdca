import RouseIR
import RouseNumerics

/// The weights of a foreign convolution in the IR's layout.
struct KernelPlan {
  /// CONCATENATION joins at most this many (Prepare in TFLite Micro's `concatenation.cc`).
  static let mostGroups = 10

  let isDepthwise: Bool
  let groups: Int
  let outputs: Int
  /// `[out, time, width, in]`, or `[1, time, width, out]` when depthwise.
  let shape: Shape
  private(set) var weights: [Float]
  private(set) var bias: [Float]
  let convolution: Conv2D
  let depthwise: DepthwiseConv2D

  /// - Parameters:
  ///   - time, width: positions among the spatial axes of the file.
  ///   - channels: of the input.
  ///   - order: for each channel of the value, its channel in the file.
  init(
    _ foreign: ForeignConvolution, time: Int, width: Int?, channels: Int, order: [Int]
  ) {
    let w = foreign.weights
    let values = w.reals ?? []
    let strides = ForeignTensor.strides(w.shape)
    let (rows, columns) = (foreign.kernel(time), width.map { foreign.kernel($0) } ?? 1)
    let inputs = w.shape[1]
    let isDepthwise = inputs == 1 && foreign.groups == channels && channels > 1
    self.isDepthwise = isDepthwise
    groups = foreign.groups
    outputs = foreign.outputs
    func element(_ output: Int, _ input: Int, _ row: Int, _ column: Int) -> Float {
      let place = width.map { column * strides[2 + $0] } ?? 0
      return values[output * strides[0] + input * strides[1] + row * strides[2 + time] + place]
    }
    let outputs = foreign.outputs
    var weights: [Float] = []
    weights.reserveCapacity(values.count)
    if isDepthwise {
      shape = [1, rows, columns, outputs]
      for row in 0..<rows {
        for column in 0..<columns {
          for output in 0..<outputs { weights.append(element(output, 0, row, column)) }
        }
      }
    } else {
      shape = [outputs, rows, columns, inputs]
      let source = foreign.groups == 1 ? order : Array(0..<inputs)
      for output in 0..<outputs {
        for row in 0..<rows {
          for column in 0..<columns {
            for input in source { weights.append(element(output, input, row, column)) }
          }
        }
      }
    }
    self.weights = weights
    bias = foreign.bias ?? [Float](repeating: 0, count: outputs)
    let (strideW, dilationW) = (
      width.map { foreign.strides[$0] } ?? 1, width.map { foreign.dilations[$0] } ?? 1
    )
    convolution = Conv2D(
      strideH: foreign.strides[time], strideW: strideW, dilationH: foreign.dilations[time],
      dilationW: dilationW)
    depthwise = DepthwiseConv2D(
      strideH: foreign.strides[time], strideW: strideW, dilationH: foreign.dilations[time],
      dilationW: dilationW, multiplier: max(1, outputs / max(1, channels)))
  }

  /// `conv(x · scale + shift)` as a convolution of `x`, for an input without padding or a shift of 0.
  func fold(_ affine: Affine, into weights: inout [Float], _ bias: inout [Float]) {
    let inner = shape[3]
    var sums = bias.map(Double.init)
    for (position, value) in weights.enumerated() {
      let output = isDepthwise ? position % inner : position / (shape.count / outputs)
      let channel =
        isDepthwise
        ? output / depthwise.multiplier
        : output / (outputs / groups) * inner + position % inner
      sums[output] += Double(value) * affine.shift[channel]
      weights[position] = Float(Double(value) * affine.scale[channel])
    }
    bias = sums.map { Float($0) }
  }
}
