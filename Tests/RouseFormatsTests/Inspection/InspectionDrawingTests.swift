import Foundation
import RouseFormats
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Drawings are XML that any viewer takes, and can be read: boxes do not lie on each other.
@Suite struct InspectionDrawingTests {
  private final class Elements: NSObject, XMLParserDelegate {
    var rectangles: [(x: Double, y: Double, width: Double, height: Double)] = []
    var texts: [String] = []
    var references: [String] = []
    private var depth = 0

    func parser(
      _: XMLParser, didStartElement name: String, namespaceURI _: String?,
      qualifiedName _: String?, attributes: [String: String]
    ) {
      if name == "text" { texts.append("") }
      references += attributes.filter { $0.key.contains("href") }.map(\.value)
      let numbers = ["x", "y", "width", "height"].compactMap { attributes[$0].flatMap(Double.init) }
      if name == "rect", numbers.count == 4 {
        rectangles.append((numbers[0], numbers[1], numbers[2], numbers[3]))
      }
    }

    func parser(_: XMLParser, foundCharacters text: String) {
      if !texts.isEmpty { texts[texts.count - 1] += text }
    }
  }

  private func parse(_ svg: String) throws -> Elements {
    let parser = XMLParser(data: Data(svg.utf8))
    let elements = Elements()
    parser.delegate = elements
    try #require(
      parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    return elements
  }

  @Test(arguments: InspectionExample.all)
  func isWellFormedAndLegible(_ name: String) throws {
    let inspection = try InspectionExample.inspect(name)
    let svg = try InspectionDrawing(inspection, name: name).svg()
    let elements = try parse(svg)
    #expect(elements.references.isEmpty)
    #expect(!elements.rectangles.isEmpty)
    for (index, a) in elements.rectangles.enumerated() {
      #expect(a.x >= 0 && a.y >= 0)
      for b in elements.rectangles[..<index] {
        let apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y
          || b.y + b.height <= a.y
        #expect(apart, "\(a) lies on \(b)")
      }
    }
    #expect(try InspectionDrawing(InspectionExample.inspect(name), name: name).svg() == svg)
  }

  @Test func namesAreEscaped() throws {
    for name in ["hostile_names", "hostile_names.onnx"] {
      let drawing = InspectionDrawing(
        try InspectionExample.inspect(name), name: InspectionExample.badName)
      let texts = try parse(drawing.svg()).texts
      #expect(texts.contains { $0.hasPrefix(#"<a&"b>'"#) }, "\(texts)")
    }
  }

  @Test func variablesAreDrawnAsState() throws {
    let texts = try parse(
      InspectionDrawing(InspectionExample.inspect("stream_state"), name: "").svg()
    ).texts.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    #expect(texts.filter { $0 == "stream/states" }.count == 3)
    #expect(texts.contains("read 1x3x1x4"))
    #expect(texts.filter { $0 == "assign 1x3x1x4" }.count == 2)
    #expect(!texts.contains("VAR_HANDLE"))
  }

  /// A row of rivals and long arrows: worst for order and columns.
  @Test func denseGraphsStayApart() throws {
    let count = 60
    var operators: [TFLiteModel.Operator] = []
    for index in 0..<count {
      let inputs = (0...index).filter { ($0 * 7 + index) % 5 == 0 || $0 == index }
      operators.append(
        .init(
          opcode: 0, inputs: inputs.map(Int32.init), outputs: [Int32(index + 1)], options: .none))
    }
    let model = TFLiteModel(
      operatorCodes: [.init(code: 0, version: 1)],
      subgraphs: [
        .init(
          name: "dense",
          tensors: (0...count).map { .init(name: "t\($0)", shape: [Int32($0)], element: .int8) },
          inputs: [0], outputs: [Int32(count)], operators: operators)
      ])
    let inspection = try ModelInspection.read(TFLiteWriter.write(model), as: .tflite)
    let boxes = try parse(InspectionDrawing(inspection).svg()).rectangles
    #expect(boxes.count > count)
    for (index, a) in boxes.enumerated() {
      for b in boxes[..<index] where abs(a.y - b.y) < 1 {
        #expect(a.x + a.width <= b.x || b.x + b.width <= a.x)
      }
    }
  }

  @Test func graphsBeyondReadingAreRefused() throws {
    var model = InspectionExample.everyCode
    let node = model.subgraphs[0].operators[0]
    model.subgraphs[0].operators = Array(repeating: node, count: 2001)
    let inspection = try ModelInspection.read(TFLiteWriter.write(model), as: .tflite)
    #expect(
      throws: FormatError.tooLarge(
        .tflite, offset: 0, what: "operators in one drawing", limit: 2000, found: 2001)
    ) { try InspectionDrawing(inspection).svg() }
  }
}
