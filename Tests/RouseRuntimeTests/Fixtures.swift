import Foundation
import RouseNumerics

/// The fixture files of this test target.
enum Fixture {
  static func path(_ name: String) throws -> String {
    guard let root = Bundle.module.resourceURL else { throw CocoaError(.fileNoSuchFile) }
    return root.appendingPathComponent("Fixtures").appendingPathComponent(name).path
  }

  static func npy(_ name: String) throws -> NPYArray {
    try NPYArray(bytes: try InputFile.read(try path(name)))
  }

  static func int8s(_ name: String) throws -> [Int8] {
    guard case .int8(let values) = try npy(name).elements else {
      throw CocoaError(.fileReadCorruptFile)
    }
    return values
  }

  static func uint8s(_ name: String) throws -> [UInt8] {
    guard case .uint8(let values) = try npy(name).elements else {
      throw CocoaError(.fileReadCorruptFile)
    }
    return values
  }

  static func json<Value: Decodable>(_ name: String, _ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(try InputFile.read(try path(name))))
  }
}
