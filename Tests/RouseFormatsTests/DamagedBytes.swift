import Foundation
import RouseNumerics

/// The seeds of a fuzz target, by name: small files of one format.
func fuzzSeeds(_ target: String) throws -> [(name: String, bytes: [UInt8])] {
  let folder = packageRoot.appending(path: "Tests/Fuzz/Corpus/\(target)")
  return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
    (name, try InputFile.read(folder.appending(path: name).path))
  }
}

/// Every prefix of `bytes`, then `bytes` with each byte replaced by some that differ in one bit or in all.
func damaged(_ bytes: [UInt8], _ body: ([UInt8]) -> Void) {
  for count in bytes.indices { body(Array(bytes[..<count])) }
  var changed = bytes
  for (index, byte) in bytes.enumerated() {
    for mask in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] as [UInt8] {
      changed[index] = byte ^ mask
      body(changed)
    }
    changed[index] = byte
  }
}
