import RouseFormats

/// HTML that is also XML, from values that may come out of strangers' files.
enum HTMLText {
  static func escaped(_ text: String) -> String { SVG.escaped(text) }

  /// `<p>text</p>`
  static func paragraph(_ text: String) -> String { "<p>\(escaped(text))</p>" }

  /// A row of figures: `<dl>` with what each is below its value.
  static func figures(_ figures: [(value: String, name: String)]) -> String {
    let items = figures.map {
      "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>"
    }
    return "<dl class=\"figures\">\(items.joined())</dl>"
  }

  /// A drawing and the sentence below it; it may be wider than the page and scrolls then.
  static func figure(_ svg: String, caption: String) -> String {
    "<figure><div class=\"scroll\">\(svg)</div><figcaption>\(escaped(caption))</figcaption></figure>"
  }
}

/// A table of texts; columns of numbers stand to the right.
struct HTMLTable {
  struct Column {
    var title: String
    var isNumber: Bool
    /// In a monospaced font: hashes, names of files and tensors.
    var isCode: Bool

    static func text(_ title: String) -> Column {
      .init(title: title, isNumber: false, isCode: false)
    }
    static func number(_ title: String) -> Column {
      .init(title: title, isNumber: true, isCode: false)
    }
    static func code(_ title: String) -> Column {
      .init(title: title, isNumber: false, isCode: true)
    }

    fileprivate var attribute: String {
      isNumber ? " class=\"number\"" : isCode ? " class=\"code\"" : ""
    }
  }

  var columns: [Column]
  /// As many cells as columns.
  var rows: [[String]]

  var html: String {
    let head = columns.map { "<th scope=\"col\"\($0.attribute)>\(HTMLText.escaped($0.title))</th>" }
    let body = rows.map { row in
      "<tr>"
        + zip(columns, row).map { "<td\($0.attribute)>\(HTMLText.escaped($1))</td>" }.joined()
        + "</tr>"
    }
    return """
      <div class="scroll"><table>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }
}
