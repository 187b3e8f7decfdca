import RouseNumerics

/// What one tensor element is.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  case float32, int8, uint8, int32

  public var bytes: Int {
    switch self {
    case .float32, .int32: 4
    case .int8, .uint8: 1
    }
  }
}

/// `real = scale · (quantized − zeroPoint)`.
///
/// One scale for the whole tensor, or one for each index along `axis` (then every zero point is 0).
public struct Quantization: Hashable, Sendable {
  public var scales: [Float]
  public var zeroPoint: Int32
  /// The axis that `scales` runs along; nil for one scale.
  public var axis: Int?

  public init(scale: Float, zeroPoint: Int32) {
    scales = [scale]
    self.zeroPoint = zeroPoint
    axis = nil
  }

  public init(perChannel scales: [Float], axis: Int) {
    self.scales = scales
    zeroPoint = 0
    self.axis = axis
  }

  /// The single scale of a per-tensor quantization.
  public var scale: Float {
    precondition(axis == nil, "per-channel quantization has no single scale")
    return scales[0]
  }
}

/// Shape, element type and, for integers that stand for reals, quantization.
public struct TensorType: Hashable, Sendable {
  public var shape: Shape
  public var element: ElementType
  public var quantization: Quantization?

  public init(
    _ shape: Shape, _ element: ElementType = .float32, _ quantization: Quantization? = nil
  ) {
    self.shape = shape
    self.element = element
    self.quantization = quantization
  }

  public var bytes: Int { shape.count * element.bytes }
}

/// The elements of a constant tensor, row-major.
public enum TensorData: Hashable, Sendable {
  case float32([Float])
  case int8([Int8])
  case uint8([UInt8])
  case int32([Int32])

  public var element: ElementType {
    switch self {
    case .float32: .float32
    case .int8: .int8
    case .uint8: .uint8
    case .int32: .int32
    }
  }

  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .int8(let values): values.count
    case .uint8(let values): values.count
    case .int32(let values): values.count
    }
  }

  /// The elements in memory: little endian, row-major, each byte as a bit pattern.
  public var bytes: [Int8] {
    switch self {
    case .int8(let values): values
    case .uint8(let values): values.map(Int8.init(bitPattern:))
    case .int32(let values): Self.littleEndian(values) { UInt32(bitPattern: $0) }
    case .float32(let values): Self.littleEndian(values) { $0.bitPattern }
    }
  }

  private static func littleEndian<Number>(
    _ values: [Number], _ bits: (Number) -> UInt32
  ) -> [Int8] {
    var bytes: [Int8] = []
    bytes.reserveCapacity(4 * values.count)
    for value in values {
      let word = bits(value)
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(Int8(truncatingIfNeeded: word &>> UInt32(shift)))
      }
    }
    return bytes
  }
}

extension TensorType {
  /// The bytes of a tensor that is the real value 0 in every element: float 0, or the zero point.
  public var zeroBytes: [Int8] {
    let zeroPoint = quantization?.zeroPoint ?? 0
    let element: [Int8] =
      switch element {
      case .float32: [0, 0, 0, 0]
      case .int32: TensorData.int32([zeroPoint]).bytes
      case .int8, .uint8: [Int8(truncatingIfNeeded: zeroPoint)]
      }
    if element.count == 1 { return [Int8](repeating: element[0], count: shape.count) }
    return (0..<shape.count).flatMap { _ in element }
  }
}
