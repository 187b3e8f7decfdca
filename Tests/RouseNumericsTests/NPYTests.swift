import RouseNumerics
import Testing

@Suite struct NPYTests {
  /// What each file of `Fixtures/npy` holds.
  static let arrays: [(file: String, array: NPYArray)] = [
    (
      "float32_2x3",
      NPYArray(
        shape: [2, 3], .float32([0.5, -1.25, 3, Float(bitPattern: 71362), -0.0, .infinity]))
    ),
    ("uint8_4", NPYArray(shape: [4], .uint8([0, 1, 128, 255]))),
    ("int8_0x40", NPYArray(shape: [0, 40], .int8([]))),
    ("uint16_1x2x2", NPYArray(shape: [1, 2, 2], .uint16([0, 1, 256, 65535]))),
    ("int16_3", NPYArray(shape: [3], .int16([-32768, -1, 32767]))),
    ("int32_2", NPYArray(shape: [2], .int32([.min, .max]))),
    ("int64_scalar", NPYArray(shape: [], .int64([.min]))),
  ]

  @Test(arguments: arrays.indices) func readsAndWritesWhatNumPyWrites(_ index: Int) throws {
    let (file, array) = Self.arrays[index]
    let bytes = try fixture("npy/\(file).npy")
    #expect(try NPYArray(bytes: bytes) == array)
    #expect(array.bytes == bytes)
  }

  @Test(arguments: ["int16_3_v2", "int16_3_v3"]) func readsLaterVersions(_ file: String) throws {
    let array = try NPYArray(bytes: fixture("npy/\(file).npy"))
    #expect(array == NPYArray(shape: [3], .int16([-32768, -1, 32767])))
  }

  @Test func growthPaddingMovesIntoTheNextBlock() throws {
    // 74 characters plus 20 of growth pass the second block of 64 bytes, as in NumPy.
    let array = NPYArray(shape: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], .uint8([7]))
    #expect(array.bytes.count == 128 + 1)
    let longer = NPYArray(shape: Shape(.init(repeating: 1, count: 20)), .uint8([7]))
    #expect(longer.bytes.count == 192 + 1)
    #expect(try NPYArray(bytes: longer.bytes) == longer)
  }

  static let refused: [(file: String, error: NPYError)] = [
    ("fortran_2x3", .fortranOrder(offset: 44)),
    ("float64_2", .unsupportedType(offset: 20, found: "<f8")),
    ("big_endian_2", .unsupportedType(offset: 20, found: ">i2")),
    ("pickled", .unsupportedType(offset: 20, found: "|O")),
    ("structured", .unsupportedType(offset: 20, found: "[")),
  ]

  @Test(arguments: refused.indices) func refusesOtherArrays(_ index: Int) throws {
    let (file, error) = Self.refused[index]
    let bytes = try fixture("npy/\(file).npy")
    #expect(throws: error) { try NPYArray(bytes: bytes) }
  }

  /// A version 1.0 file with `header` and `data` zero bytes.
  static func file(_ header: String, data: Int = 0, version: [UInt8] = [1, 0]) -> [UInt8] {
    let length = UInt32(header.utf8.count)
    let lengthBytes = (0..<(version[0] == 1 ? 2 : 4)).map { UInt8(length >> (8 * $0) & 0xFF) }
    return [0x93] + Array("NUMPY".utf8) + version + lengthBytes + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  static let hostile: [(bytes: [UInt8], error: NPYError)] = [
    ([], .notNPY),
    (Array("RIFF....WAVE".utf8), .notNPY),
    ([0x93] + Array("NUMPY".utf8), .truncated(offset: 6, needed: 2, available: 0)),
    ([0x93] + Array("NUMPY".utf8) + [1], .truncated(offset: 6, needed: 2, available: 1)),
    (file("", version: [4, 0]), .unsupportedVersion(major: 4, minor: 0)),
    (file("", version: [0, 9]), .unsupportedVersion(major: 0, minor: 9)),
    (file("", version: [1, 1]), .unsupportedVersion(major: 1, minor: 1)),
    ([0x93] + Array("NUMPY".utf8) + [1, 0, 9], .truncated(offset: 8, needed: 2, available: 1)),
    (
      [0x93] + Array("NUMPY".utf8) + [1, 0, 9, 0],
      .truncated(offset: 10, needed: 9, available: 0)
    ),
    (
      [0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF],
      .headerTooLong(offset: 8, found: 4_294_967_295, limit: 10_000)
    ),
    (file(""), .malformedHeader(offset: 10, expected: "{")),
    (file("{'descr"), .malformedHeader(offset: 11, expected: "a closing quote")),
    (file("{descr"), .malformedHeader(offset: 11, expected: "a quoted string")),
    (
      file("{}"),
      .malformedHeader(offset: 12, expected: "'descr', 'fortran_order' and 'shape', each once")
    ),
    (
      file("{'evil': 1}"),
      .malformedHeader(offset: 11, expected: "'descr', 'fortran_order' and 'shape', each once")
    ),
    (
      file("{'descr': '<f4', 'descr': '<f4'}"),
      .malformedHeader(offset: 27, expected: "'descr', 'fortran_order' and 'shape', each once")
    ),
    (
      file("{'fortran_order': Maybe}"),
      .malformedHeader(offset: 28, expected: "True or False")
    ),
    (file("{'shape': 3}"), .malformedHeader(offset: 20, expected: "(")),
    (file("{'shape': (-1,)}"), .malformedHeader(offset: 21, expected: "an extent")),
    (file("{'shape': (3)}"), .malformedHeader(offset: 22, expected: ",")),
    (
      file("{'shape': (\(String(repeating: "1,", count: 65)))}"),
      .malformedHeader(offset: 149, expected: "at most 64 extents")
    ),
    (
      file("{'shape': (99999999999999999999,)}"), .shapeTooLarge(offset: 21)
    ),
    (
      file("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
      .shapeTooLarge(offset: 60)
    ),
    (
      file("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296)}"),
      .shapeTooLarge(offset: 60)
    ),
    (
      file("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,)}"),
      .shapeTooLarge(offset: 60)
    ),
    (
      file("{'descr': '|u1', 'fortran_order': False, 'shape': (4611686018427387904,)}", data: 3),
      .sizeMismatch(offset: 83, expected: 4_611_686_018_427_387_904, found: 3)
    ),
    (
      file("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 1)}", data: 15),
      .sizeMismatch(offset: 67, expected: 16, found: 15)
    ),
    (
      file("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 1)}", data: 17),
      .sizeMismatch(offset: 67, expected: 16, found: 17)
    ),
    (
      file("{'descr': '|u1', 'fortran_order': False, 'shape': ()} x", data: 1),
      .malformedHeader(offset: 64, expected: "end of header")
    ),
  ]

  @Test(arguments: hostile.indices) func refusesHostileBytes(_ index: Int) {
    let (bytes, error) = Self.hostile[index]
    #expect(throws: error) { try NPYArray(bytes: bytes) }
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = try fixture("npy/float32_2x3.npy")
    for count in whole.indices {
      #expect(throws: NPYError.self) { try NPYArray(bytes: Array(whole[..<count])) }
    }
  }

  /// Any change of one byte gives an array or an error, and an array has as many elements as its shape says.
  @Test func everyByteChangeIsHarmless() throws {
    var bytes = try fixture("npy/uint16_1x2x2.npy")
    for index in bytes.indices {
      let original = bytes[index]
      for bit in 0..<8 {
        bytes[index] = original ^ (1 << UInt8(bit))
        if let array = try? NPYArray(bytes: bytes) {
          #expect(array.shape.count == array.elements.count)
        }
      }
      bytes[index] = original
    }
  }
}
