import RouseFormats
import RouseResources

/// The frame of the pages that Rouse writes: a verdict, figures, contents, sections.
///
/// A page holds its drawings and its style; it has no script and refers to nothing outside. It is HTML5 that is XML as
/// well, and reads in light, dark and on paper.
struct HTMLPage {
  var name: String
  var verdict: String
  var isGood: Bool
  var summary: String
  var figures: [(value: String, name: String)]
  var sections: [ReportSection]
  /// A sentence at the end.
  var footer: String

  var html: String {
    TextTemplate.fill(
      "report.html.mustache",
      [
        "name": name, "version": Version.current,
        "verdict": HTMLText.escaped(verdict), "verdictClass": isGood ? "good" : "bad",
        "summary": HTMLText.escaped(summary), "figures": HTMLText.figures(figures),
        "contents": sections.map { ["anchor": $0.anchor, "title": $0.title] },
        "sections": sections.map {
          [
            "anchor": $0.anchor, "title": HTMLText.escaped($0.title),
            "body": $0.blocks.joined(separator: "\n"),
          ]
        },
        "footer": HTMLText.escaped(footer),
      ])
  }
}
