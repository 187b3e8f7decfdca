import Foundation
import RouseCompiler
import RouseFormats
import RouseNumerics
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The page holds what the compilation holds, and a browser can read it.
@Suite struct ReportPageTests {
  private final class Page: NSObject, XMLParserDelegate {
    var text = ""
    var elements: [String: Int] = [:]
    var outside: [String] = []
    var identifiers: [String] = []
    var anchors: [String] = []
    private var open: [String] = []

    func parser(
      _: XMLParser, didStartElement name: String, namespaceURI _: String?,
      qualifiedName _: String?, attributes: [String: String]
    ) {
      open.append(name)
      elements[name, default: 0] += 1
      if let id = attributes["id"] { identifiers.append(id) }
      for key in ["src", "href", "xlink:href", "style", "onclick"] {
        guard let value = attributes[key] else { continue }
        if value.hasPrefix("#") {
          anchors.append(String(value.dropFirst()))
        } else {
          outside.append(value)
        }
      }
      text += " "
    }

    func parser(
      _: XMLParser, didEndElement name: String, namespaceURI _: String?, qualifiedName _: String?
    ) {
      #expect(open.popLast() == name)
    }

    func parser(_: XMLParser, foundCharacters characters: String) { text += characters }
  }

  private func html() throws -> String {
    let bytes = try #require(try TinyCompilation.made().files["tiny.report.html"])
    return try #require(String(validating: bytes, as: UTF8.self))
  }

  private func parse(_ html: String) throws -> Page {
    let parser = XMLParser(data: Data(html.utf8))
    let page = Page()
    parser.delegate = page
    try #require(
      parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    return page
  }

  @Test func isBalancedAndSelfContained() throws {
    let html = try html()
    let page = try parse(html)
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\""))
    #expect(page.outside.isEmpty && page.elements["script"] == nil && page.elements["img"] == nil)
    #expect(!html.contains("url(http") && !html.contains("@import"))
    #expect(Set(page.identifiers).count == page.identifiers.count, "identifiers are unique")
    #expect(Set(page.anchors).isSubset(of: page.identifiers) && page.anchors.count == 9)
    // Memory map, layers, graph.
    #expect(page.elements["svg"] == 3 && page.elements["section"] == 9)
    #expect(html.contains("prefers-color-scheme: dark") && html.contains("@media print"))
    #expect(!html.contains("{{"))
  }

  @Test func saysWhatTheCompilationFound() throws {
    let made = try TinyCompilation.made()
    let text = try parse(try html()).text
    let (planned, proof) = (made.result.planned, made.result.verification)
    #expect(text.contains("Verified; fits esp32-s3-n16r8"))
    #expect(text.contains("“tiny <word> & more”"))
    for check in proof.checks { #expect(text.contains(check.claim) && text.contains(check.sha256)) }
    for file in proof.files {
      #expect(text.contains(file.name) && text.contains(file.readers.joined(separator: "; ")))
    }
    for entry in made.request.provenance.entries { #expect(text.contains(entry.value)) }
    for line in planned.budget.lines {
      #expect(text.contains(line.source) && text.contains(line.key))
    }
    for tensor in proof.layers.tensors { #expect(text.contains(tensor.name)) }
    let arena = planned.arena
    for bytes in [
      planned.tfliteBytes.count, arena.minimumBytes, arena.recommendedBytes, arena.headBytes,
      arena.tailBytes, arena.plan.mostBytesAlive,
    ] + arena.persistentShares.map(\.bytes) {
      #expect(text.contains(BudgetReport.grouped(bytes)), "\(bytes)")
    }
    #expect(text.contains("200/255") && text.contains("5 probabilities"))
  }

  /// A rectangle for each planned buffer, none above the head, with its bytes in the tooltip.
  @Test func theMemoryMapShowsThePlan() throws {
    let plan = try TinyCompilation.made().result.planned.arena.plan
    let html = try html()
    let start = try #require(html.range(of: "class=\"chart memory\""))
    let end = try #require(html.range(of: "</svg>", range: start.upperBound..<html.endIndex))
    let map = html[start.upperBound..<end.lowerBound]
    let buffers = map.components(separatedBy: "<rect class=\"buffer ").count - 1
    let scratch = map.components(separatedBy: "<rect class=\"scratch\"").count - 1
    #expect(buffers == plan.placements.count { $0.tensor != nil })
    #expect(scratch == plan.placements.count { $0.tensor == nil } && scratch > 0)
    for placement in plan.placements {
      #expect(
        map.contains(
          ": \(BudgetReport.grouped(placement.bytes)) bytes at \(BudgetReport.grouped(placement.offset)), "
        ))
    }
    #expect(map.contains("peak: operator"))
  }

  @Test func theSameRequestGivesTheSamePage() throws {
    let again = try TinyCompilation.make(TinyNetwork.training())
    #expect(try again.files == TinyCompilation.made().files)
  }
}
