/// An array as NumPy stores it in a `.npy` file: a shape and elements of one type, in C order.
///
/// - Source: NumPy, "NEP 1: A Simple File Format for NumPy Arrays", versions 1.0, 2.0 and 3.0.
public struct NPYArray: Hashable, Sendable {
  /// The elements, last axis fastest.
  public enum Elements: Hashable, Sendable {
    case float32([Float])
    case uint8([UInt8])
    case int8([Int8])
    case uint16([UInt16])
    case int16([Int16])
    case int32([Int32])
    case int64([Int64])

    public var count: Int {
      switch self {
      case .float32(let values): values.count
      case .uint8(let values): values.count
      case .int8(let values): values.count
      case .uint16(let values): values.count
      case .int16(let values): values.count
      case .int32(let values): values.count
      case .int64(let values): values.count
      }
    }

    var type: NPYType {
      switch self {
      case .float32: .float32
      case .uint8: .uint8
      case .int8: .int8
      case .uint16: .uint16
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      }
    }
  }

  public let shape: Shape
  public let elements: Elements

  /// - Precondition: `shape` holds as many elements as are given.
  public init(shape: Shape, _ elements: Elements) {
    precondition(shape.count == elements.count, "shape and elements disagree")
    self.shape = shape
    self.elements = elements
  }
}

/// Why bytes are not an array this program reads. Offsets count from the start of the file.
public enum NPYError: Error, Hashable, Sendable {
  /// The file does not begin with `\x93NUMPY`: it is another kind of file.
  case notNPY
  /// A format version after 3.0 or before 1.0.
  case unsupportedVersion(major: UInt8, minor: UInt8)
  /// The file ends too early: `needed` bytes from `offset`, only `available` there.
  case truncated(offset: Int, needed: Int, available: Int)
  /// The header is longer than any header of a plain array.
  case headerTooLong(offset: Int, found: Int, limit: Int)
  /// The header does not read as expected at `offset`; `expected` says what would.
  case malformedHeader(offset: Int, expected: String)
  /// An element type outside the list (also big-endian, structured and pickled types): convert with
  /// `astype`.
  case unsupportedType(offset: Int, found: String)
  /// Column-major data: save with `numpy.ascontiguousarray`.
  case fortranOrder(offset: Int)
  /// The product of the extents does not fit.
  case shapeTooLarge(offset: Int)
  /// The elements of the shape take `expected` bytes from `offset`, the file has `found`.
  case sizeMismatch(offset: Int, expected: Int, found: Int)
}

// MARK: - Writing

extension NPYArray {
  /// The file, byte for byte what `numpy.save` of NumPy 2 writes: version 1.0, padded to a multiple of 64
  /// with room to grow the first extent to 21 digits.
  public var bytes: [UInt8] {
    let extents = shape.dimensions
    let tuple =
      extents.count == 1
      ? "(\(extents[0]),)" : "(" + extents.map(String.init).joined(separator: ", ") + ")"
    var header =
      "{'descr': '\(elements.type.rawValue)', 'fortran_order': False, 'shape': \(tuple), }"
    // NumPy's GROWTH_AXIS_MAX_DIGITS: digits of 8 * 2^64.
    if let first = extents.first {
      header += String(repeating: " ", count: max(0, 21 - String(first).count))
    }
    let unpadded = NPYArray.preambleBytes + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    precondition(header.utf8.count <= UInt16.max, "rank too large for a version 1.0 header")
    let headerBytes = UInt16(header.utf8.count)
    var result: [UInt8] =
      NPYArray.magic + [1, 0, UInt8(headerBytes & 0xFF), UInt8(headerBytes >> 8)]
    result += Array(header.utf8)
    switch elements {
    case .float32(let values): result.append(littleEndian: values.lazy.map(\.bitPattern))
    case .uint8(let values): result += values
    case .int8(let values): result.append(littleEndian: values)
    case .uint16(let values): result.append(littleEndian: values)
    case .int16(let values): result.append(littleEndian: values)
    case .int32(let values): result.append(littleEndian: values)
    case .int64(let values): result.append(littleEndian: values)
    }
    return result
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Magic, two version bytes and the 16-bit header length of version 1.0.
  static let preambleBytes = 10
}

extension [UInt8] {
  /// Adds every value's bytes, least significant first.
  mutating func append<Value: FixedWidthInteger>(littleEndian values: some Collection<Value>) {
    reserveCapacity(count + values.count * MemoryLayout<Value>.size)
    for value in values {
      Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
  }
}
