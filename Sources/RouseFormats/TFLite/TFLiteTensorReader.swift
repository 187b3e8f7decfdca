import RouseIR

/// The tensor tables of a file. A shape or a quantization that means nothing is refused at its own byte.
extension TFLiteWalk {
  /// - Throws: `.malformed` for a negative dimension, for a scale that is not a positive number and for scales, zero
  ///   points and a quantized dimension that do not belong together; `.tooLarge` for more elements than
  ///   `DecodedTensors.maximumElements`.
  mutating func tensor(
    _ table: FlatTable, buffers: Int
  ) throws(FormatError) -> TFLiteModel.Tensor {
    let type = try reader.value(table, 1, default: Int8(0))
    guard let element = TFLiteModel.Element(rawValue: type) else {
      throw .unsupported(.tflite, offset: table.position, feature: "tensor type \(type)")
    }
    guard try reader.field(table, 6, size: 4) == nil else {
      throw .unsupported(.tflite, offset: table.position, feature: "sparse tensor")
    }
    let buffer = try reader.value(table, 2, default: UInt32(0))
    try check(Int(buffer), in: 0..<buffers, at: table.position, what: "tensor buffer")
    let shape = try shape(table)
    return TFLiteModel.Tensor(
      name: try reader.string(table, 3, limit: Limit.text, what: "a tensor name"),
      shape: shape, element: element, buffer: Int(buffer),
      quantization: try quantization(table, element, shape),
      isVariable: try reader.bool(table, 5))
  }

  private mutating func shape(_ tensor: FlatTable) throws(FormatError) -> [Int32] {
    guard
      let extents = try reader.vector(
        tensor, 0, elementSize: 4, limit: Limit.rank, what: "the shape of a tensor")
    else { return [] }
    var shape: [Int32] = []
    var elements = 1
    for index in 0..<extents.count {
      let offset = extents.start + 4 * index
      let extent: Int32 = reader.element(extents, index)
      guard extent >= 0 else {
        throw reader.malformed(at: offset, "dimensions from 0", "\(extent)")
      }
      // A dimension of 0 does not excuse the others: code that multiplies some of them must not overflow.
      elements *= max(1, Int(extent))
      guard elements <= DecodedTensors.maximumElements else {
        throw .tooLarge(
          .tflite, offset: offset, what: "elements of a tensor",
          limit: DecodedTensors.maximumElements, found: elements)
      }
      shape.append(extent)
    }
    return shape
  }

  /// Nil when there is neither a scale nor a zero point, as converters write it for float and index tensors.
  ///
  /// Scales without any zero point are kept: LiteRT and TFLite Micro ignore such a quantization.
  private mutating func quantization(
    _ tensor: FlatTable, _ element: TFLiteModel.Element, _ shape: [Int32]
  ) throws(FormatError) -> TFLiteModel.Quantization? {
    guard let table = try reader.table(tensor, 4) else { return nil }
    let scales = try scales(table, element)
    let zeroPoints =
      try reader.integers(
        table, 3, of: Int64.self, limit: Limit.tables, what: "the zero points of a tensor") ?? []
    if scales.isEmpty && zeroPoints.isEmpty { return nil }
    guard [0, 1, scales.count].contains(zeroPoints.count), !scales.isEmpty else {
      throw reader.malformed(
        at: try reader.field(table, 3, size: 4) ?? table.position, "\(scales.count) zero points",
        "\(zeroPoints.count)")
    }
    let dimension = try reader.value(table, 6, default: Int32(0))
    // One scale is for the whole tensor, which may have no dimension at all.
    if dimension != 0 || scales.count > 1 {
      let offset = try reader.field(table, 6, size: 4) ?? table.position
      try check(Int(dimension), in: 0..<shape.count, at: offset, what: "quantized dimension")
      guard scales.count == 1 || scales.count == Int(shape[Int(dimension)]) else {
        throw reader.malformed(
          at: try reader.field(table, 2, size: 4) ?? table.position,
          "1 or \(shape[Int(dimension)]) scales along dimension \(dimension)", "\(scales.count)")
      }
    }
    return TFLiteModel.Quantization(
      scales: scales, zeroPoints: zeroPoints, dimension: dimension)
  }

  /// Elements that are never quantized may carry a scale of 0; no element may carry NaN.
  private mutating func scales(
    _ quantization: FlatTable, _ element: TFLiteModel.Element
  ) throws(FormatError) -> [Float] {
    guard
      let bits = try reader.vector(
        quantization, 2, elementSize: 4, limit: Limit.tables, what: "the scales of a tensor")
    else { return [] }
    var scales: [Float] = []
    scales.reserveCapacity(bits.count)
    for index in 0..<bits.count {
      let scale = Float(bitPattern: reader.element(bits, index))
      guard scale.isFinite, scale > 0 || scale == 0 && !element.isQuantizable else {
        throw reader.malformed(
          at: bits.start + 4 * index, "positive finite scales", "\(scale)")
      }
      scales.append(scale)
    }
    return scales
  }
}

extension TFLiteModel.Element {
  /// Whether a scale says anything about the elements.
  fileprivate var isQuantizable: Bool {
    switch self {
    case .int8, .uint8, .int16, .int32: true
    case .float32, .float16, .int64, .string, .bool, .resource: false
    }
  }
}
