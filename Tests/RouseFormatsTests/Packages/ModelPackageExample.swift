import Foundation
import RouseFormats
import RouseIR

/// A package with a name and texts that are hard on every file format.
enum ModelPackageExample {
  static let author = "O’Neil \"Bob\" */ #\\"
  static let package: ModelPackage = {
    var array = CArrayTests.array
    array.provenance = ["version: 1.0.0-beta+1", "origin: ONNX of \"x\" */ int broken; /* ??/"]
    array.arenaNotes = [
      "Tensor arena: 26080 bytes, the 26064 that are needed with esp-nn-1.1.2 and a margin of 16.",
      "With esp-nn-1.2.1 it must be 34000 bytes.",
    ]
    return ModelPackage(
      array: array, golden: GoldenVectorsTests.golden, operators: TFLiteBuiltin.allCases,
      variables: 6, variableArenaBytes: 1024, cutoff: 216, window: 5, deafRows: 100,
      wakeWord: "Hey \"Röuse\"", author: author, website: "https://github.com/x/y",
      firmware: "ESPHome 2026.10.0", kernels: "esp-nn-1.1.2",
      pins: .init(interpreter: "1.3.3~1", kernels: "1.1.2"), schemaVersion: 3)
  }()

  static let files = PackageWriter.write(package)

  static func text(_ name: String) -> String {
    files.first { $0.fileName == name }.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
  }
}
