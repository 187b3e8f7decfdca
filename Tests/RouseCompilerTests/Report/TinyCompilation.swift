import Foundation
import RouseCompiler
import RouseIR

/// The tiny network compiled to a bundle, without training: made once, used by every test of what a compilation reports.
enum TinyCompilation {
  struct Made: Sendable {
    var request: CompilationRequest
    var result: Compilation
    var files: [String: [UInt8]]
  }

  private static let shared = Result { try make(TinyNetwork.training()) }

  static func made() throws -> Made { try shared.get() }

  /// Compiles into a folder that is gone afterwards.
  static func make(_ graph: Graph, name: String = "tiny", calibrationSeed: UInt64 = 5) throws
    -> Made
  {
    let folder = NSTemporaryDirectory() + "rouse-tests-tiny-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var request = CompilationRequest(
      source: SourceModel(
        graph: graph, wakeWord: "tiny <word> & more", stepMilliseconds: 10, origin: "a test",
        corpusDigest: nil),
      calibration: [TinyNetwork.rows(200, seed: calibrationSeed)],
      heldOut: [TinyNetwork.rows(120, seed: 8), TinyNetwork.rows(90, seed: 9)],
      validation: .init(positives: [], ambient: []),
      profile: try TargetCatalog.profile("esp32-s3-n16r8"), name: name, output: folder)
    request.detection = Detection(cutoff: 200, window: 5)
    guard let result = try Pipeline(request).run() else { throw CancellationError() }
    var files: [String: [UInt8]] = [:]
    for file in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(folder)/\(file)", isDirectory: &isFolder)
      if isFolder.boolValue { continue }
      files[file] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)")))
    }
    return Made(request: request, result: result, files: files)
  }
}
