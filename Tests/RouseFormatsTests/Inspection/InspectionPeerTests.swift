import Foundation
import RouseFormats
import Testing

/// Published models out of PyPI packages, and LiteRT's names; `./test` fetches both.
@Suite struct InspectionPeerTests {
  static let python = ProcessInfo.processInfo.environment["ROUSE_PEERS"]
  static let models = ProcessInfo.processInfo.environment["ROUSE_MODELS"]

  @Test(
    .enabled(if: models != nil, "ROUSE_MODELS is not set"),
    arguments: [
      ("okay_nabu", 24_096, 3472, 6), ("alexa", 23_968, 3024, 6), ("hey_jarvis", 21_630, 2840, 6),
    ])
  func publishedModels(_ name: String, _ macs: Int, _ state: Int, _ variables: Int) throws {
    let folder = try #require(Self.models) + "/pymicro-wakeword==2.2.1/pymicro_wakeword/models"
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name).tflite")))
    let inspection = try ModelInspection.read(bytes, as: .tflite)
    #expect(inspection.totals.macs == macs)
    #expect(inspection.totals.weights == macs, "each weight is used once a step")
    #expect(inspection.totals.variables.count == variables)
    #expect(inspection.totals.variables.bytes == state)
    #expect(inspection.sizes.reduce(0) { $0 + $1.bytes } == bytes.count)
    #expect(try InspectionDrawing(inspection, name: name).svg().hasSuffix("</svg>\n"))
  }

  /// The table of names is that of LiteRT's own schema.
  @Test(.enabled(if: python != nil, "ROUSE_PEERS is not set"))
  func operatorNamesAreThoseOfLiteRT() throws {
    let script = """
      from ai_edge_litert.schema_py_generated import BuiltinOperator as B
      print(' '.join(f'{v}={k}' for k, v in vars(B).items() if isinstance(v, int) and v <= 209))
      """
    let run = try runProgram(try #require(Self.python), ["-c", script])
    try #require(run.status == 0, "\(run.output)")
    let bytes = TFLiteWriter.write(InspectionExample.everyCode)
    let nodes = try ModelInspection.read(bytes, as: .tflite).graphs[0].operators
    let pairs = run.output.split(whereSeparator: \.isWhitespace).map { $0.split(separator: "=") }
    #expect(pairs.count == 210)
    for pair in pairs {
      let code = try #require(Int(pair[0]))
      #expect(nodes[code].name == pair[1])
    }
  }
}
