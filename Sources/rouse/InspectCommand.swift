import ArgumentParser
import Foundation
import RouseFormats
import RouseNumerics

/// `rouse inspect MODEL.tflite|MODEL.onnx [--json] [--svg OUT.svg] [--full]`
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a model file, also in one that Rouse cannot run.",
    discussion: """
      Prints the operators with shapes, scales and options, and where the bytes of the file are. `w` marks weights, `b` \
      biases, `c` other constants, `@` variables.
      """)

  @Argument(help: "A .tflite or .onnx file; any other name is told apart by the first bytes.")
  var model: String

  @Flag(help: "Print JSON with stable keys instead of text.")
  var json = false

  @Option(help: ArgumentHelp("Also draw the graph into this SVG file.", valueName: "file"))
  var svg: String?

  @Flag(help: "Names, scales and small constants in full; lines are as long as it takes.")
  var full = false

  func validate() throws {
    if json, full { throw ValidationError("--full is for text; --json is always full") }
  }

  func run() throws {
    let bytes = try InputFile.read(model, limit: 1 << 30)
    let named = ModelInspection.Format(fileName: model)
    let format = named ?? ModelInspection.Format(content: bytes)
    let inspection: ModelInspection
    let drawing: String?
    do {
      inspection = try ModelInspection.read(bytes, as: format)
      let name = (model as NSString).lastPathComponent
      drawing = svg == nil ? nil : try InspectionDrawing(inspection, name: name).svg()
    } catch {
      var diagnostic = error.diagnostic.with(location: model)
      if named == nil { diagnostic = diagnostic.with(guessed: format) }
      throw diagnostic
    }
    if let svg, let drawing { try AtomicFile.write(drawing, to: svg) }
    if json {
      print(inspection.json, terminator: "")
    } else {
      print(InspectionText(inspection, isFull: full).text, terminator: "")
    }
  }
}
