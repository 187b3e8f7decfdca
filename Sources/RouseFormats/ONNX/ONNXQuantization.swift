import RouseNumerics

/// Quantization in `ONNXInterpreter`.
extension ONNXStep {
  /// `y = saturate(round(x / scale) + zeroPoint)`, half to even, int8 or uint8 by the type of the zero point.
  ///
  /// The quotient is float32, as in ONNX Runtime. NaN becomes the lowest value.
  func quantizeLinear() throws(FormatError) -> Value {
    let (shape, x) = try floats(0)
    let channels = try channels(shape)
    let scales = try scales(channels)
    let zeros = try zeroPoints(channels)
    let (low, high): (Float, Float)
    switch optional(2)?.data.element {
    case .int8: (low, high) = (-128, 127)
    case .uint8, nil: (low, high) = (0, 255)
    default: throw broken("an int8 or uint8 zero point", "another type")
    }
    func quantized(_ value: Float, _ channel: Int) -> Int {
      let rounded = (value / scales[channel]).rounded(.toNearestOrEven) + Float(zeros[channel])
      return Int(rounded.isNaN ? low : min(max(rounded, low), high))
    }
    let codes =
      channels.count == 1
      ? x.map { quantized($0, 0) }
      : x.enumerated().map { quantized($1, channels.index($0)) }
    return result(
      shape, low < 0 ? .int8(codes.map { Int8($0) }) : .uint8(codes.map { UInt8($0) }))
  }

  /// `y = (x − zeroPoint) · scale` in float32.
  func dequantizeLinear() throws(FormatError) -> Value {
    let x = try input(0)
    let values = try wide(x)
    let channels = try channels(x.shape)
    let scales = try scales(channels)
    let zeros = try zeroPoints(channels)
    if let zero = optional(2), zero.data.element != x.data.element {
      throw broken("a zero point of \(x.data.element)", "\(zero.data.element)")
    }
    func real(_ value: Int64, _ channel: Int) -> Float {
      Float(value - zeros[channel]) * scales[channel]
    }
    let reals =
      channels.count == 1
      ? values.map { real($0, 0) }
      : values.enumerated().map { real($1, channels.index($0)) }
    return result(x.shape, .float32(reals))
  }

  // MARK: - Parameters

  /// Which scale belongs to which element: one for all, or one for each index along an axis.
  private struct Channels {
    var count: Int
    /// Elements that one channel index spans.
    var inner: Int
    func index(_ element: Int) -> Int { count == 1 ? 0 : element / inner % count }
  }

  private func channels(_ shape: Shape) throws(FormatError) -> Channels {
    let scale = try floats(1).shape
    guard scale.rank > 0 else { return Channels(count: 1, inner: 1) }
    let axis = try axis(try integer("axis", default: 1), rank: shape.rank)
    guard scale.rank == 1, scale[0] == shape[axis] else {
      throw broken("\(shape[axis]) scales", "\(scale)")
    }
    return Channels(
      count: scale[0], inner: Shape(Array(shape.dimensions[(axis + 1)...])).count)
  }

  private func scales(_ channels: Channels) throws(FormatError) -> [Float] {
    let scales = try floats(1).values
    guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw broken("positive scales", "another")
    }
    return scales
  }

  private func zeroPoints(_ channels: Channels) throws(FormatError) -> [Int64] {
    guard let zero = optional(2) else { return [Int64](repeating: 0, count: channels.count) }
    let values = try wide(zero)
    guard values.count == channels.count else {
      throw broken("\(channels.count) zero points", "\(values.count)")
    }
    return values
  }

  private func wide(_ value: Value) throws(FormatError) -> [Int64] {
    switch value.data {
    case .int8(let values): return values.map(Int64.init)
    case .uint8(let values): return values.map(Int64.init)
    case .int32(let values): return values.map(Int64.init)
    case .float32, .int64: throw broken("int8, uint8 or int32", "\(value.data.element)")
    }
  }
}
