/// What the drawings of the report page share: their class for colours, and numbers as SVG writes them.
enum Chart {
  /// Opens a drawing whose colours come from the page's style.
  static func open(_ name: String, width: Double, height: Double, title: String) -> String {
    #"<svg xmlns="http://www.w3.org/2000/svg" class="chart \#(name)" width="\#(number(width))" "#
      + #"height="\#(number(height))" viewBox="0 0 \#(number(width)) \#(number(height))" "#
      + #"role="img"><title>\#(HTMLText.escaped(title))</title>"#
  }

  static func rectangle(
    _ style: String, x: Double, y: Double, width: Double, height: Double, tip: String = ""
  ) -> String {
    let place =
      #"<rect class="\#(style)" x="\#(number(x))" y="\#(number(y))" width="\#(number(width))" "#
      + #"height="\#(number(height))""#
    return tip.isEmpty ? place + "/>" : place + "><title>\(HTMLText.escaped(tip))</title></rect>"
  }

  static func text(_ style: String, x: Double, y: Double, _ text: String) -> String {
    #"<text class="\#(style)" x="\#(number(x))" y="\#(number(y))">\#(HTMLText.escaped(text))</text>"#
  }

  static func line(_ style: String, x1: Double, y1: Double, x2: Double, y2: Double) -> String {
    #"<line class="\#(style)" x1="\#(number(x1))" y1="\#(number(y1))" "#
      + #"x2="\#(number(x2))" y2="\#(number(y2))"/>"#
  }

  /// One decimal; `12` rather than `12.0`.
  static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
    return "\(tenths < 0 ? "-" : "")\(whole)\(rest == 0 ? "" : ".\(rest)")"
  }
}
