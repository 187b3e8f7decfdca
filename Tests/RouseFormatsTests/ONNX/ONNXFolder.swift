import Foundation
import RouseFormats
import RouseNumerics
import Testing

/// Models that ONNX Runtime runs once each, all in one process of `run_onnx_folder.py`.
final class ONNXFolder {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private var count = 0

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: folder) }

  /// - Returns: the number by which `results` finds what the model made.
  func add(_ model: ONNXModel, _ inputs: [ONNXData]) throws -> Int {
    let base = folder.appending(path: name(count)).path
    try AtomicFile.write(ONNXWriter.write(model), to: "\(base).onnx")
    for (index, input) in inputs.enumerated() {
      let elements: NPYArray.Elements =
        switch input {
        case .float32(let values): .float32(values)
        case .int8(let values): .int8(values)
        case .uint8(let values): .uint8(values)
        case .int32, .int64: throw CocoaError(.featureUnsupported)
        }
      let array = NPYArray(shape: [input.count], elements)
      try AtomicFile.write(array.bytes, to: "\(base).in\(index).npy")
    }
    count += 1
    return count - 1
  }

  func run() throws {
    let script = packageRoot.appending(path: "Tests/Peers/run_onnx_folder.py").path
    let run = try runProgram(try #require(ONNXPeerTests.python), [script, folder.path])
    try #require(run.status == 0, "\(run.output)")
  }

  /// Result number `output` of a model, flat.
  func result(_ number: Int, _ output: Int = 0) throws -> ONNXData {
    let path = folder.appending(path: "\(name(number)).out\(output).npy")
    switch try NPYArray(bytes: Array(Data(contentsOf: path))).elements {
    case .float32(let values): return .float32(values)
    case .int8(let values): return .int8(values)
    case .uint8(let values): return .uint8(values)
    default: throw CocoaError(.fileReadCorruptFile)
    }
  }

  private func name(_ number: Int) -> String { String(10_000 + number) }
}
