/// A part of the report page: a heading, and below it tables and drawings in order.
///
/// A pass that has something to say makes one of these from its result, and `ReportPage.sections` lists it.
struct ReportSection {
  /// Short, without a full stop; also makes the anchor of the page's contents.
  var title: String
  /// Pieces of HTML from `HTMLText`, `HTMLTable` and drawings, which escape what they hold.
  var blocks: [String]

  init(_ title: String, _ blocks: [String]) {
    self.title = title
    self.blocks = blocks
  }

  /// `tensor-arena` of `Tensor arena`.
  var anchor: String {
    title.lowercased().map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
  }
}
