/// What a file seems to be by its first bytes, when it is not what its name says.
public enum FileResemblance: Hashable, Sendable, CaseIterable {
  case nothing
  case json, html, gitPointer
  case onnx, elf, zip, hdf5, numpy
  case tflite

  /// nil for bytes that resemble nothing known.
  public init?(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else {
      self = .nothing
      return
    }
    for (kind, signature) in Self.signatures where bytes.starts(with: signature) {
      self = kind
      return
    }
    if bytes.count >= 8, bytes[4..<8].elementsEqual("TFL3".utf8) {
      self = .tflite
      return
    }
    let start = bytes.prefix(512).drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    let text = String(decoding: start, as: UTF8.self).lowercased()
    if text.hasPrefix("{") || text.hasPrefix("[") {
      self = .json
    } else if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
      self = .html
    } else if text.hasPrefix("version https://git-lfs") {
      self = .gitPointer
    } else if Self.isONNX(bytes) {
      self = .onnx
    } else {
      return nil
    }
  }

  private static let signatures: [(FileResemblance, [UInt8])] = [
    (.elf, [0x7F, 0x45, 0x4C, 0x46]), (.zip, [0x50, 0x4B, 0x03, 0x04]),
    (.hdf5, [0x89, 0x48, 0x44, 0x46]), (.numpy, [0x93, 0x4E, 0x55, 0x4D]),
  ]

  /// A protobuf that begins as every ONNX exporter writes it: field 1, `ir_version`, as a varint from 1 to 31, then
  /// `producer_name` (2), `opset_import` (8) or `graph` (7) with a length.
  private static func isONNX(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 3, bytes[0] == 0x08, (1...31).contains(bytes[1]) else { return false }
    return [0x12, 0x3A, 0x42].contains(bytes[2])
  }
}
