/// The look of drawings, and text that is safe in them.
package enum SVG {
  /// Text for XML 1.0: `&lt;` and its like, control characters and lone halves of characters as U+FFFD.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static let style = "<style>\n\(rules)\n</style>\n\(markers)"

  /// The same for a drawing inside a page: every rule holds only below elements of the class `scope`.
  static func style(scope: String) -> String {
    let scoped = rules.split(separator: "}").map { rule in
      ".\(scope) \(rule.drop { $0 == " " || $0 == "\n" })}"
    }
    return "<style>\n\(scoped.joined(separator: "\n"))\n</style>\n\(markers)"
  }

  private static let rules = """
    text { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2937 }
    .paper { fill: #ffffff }
    .head { font-size: 17px; font-weight: 700 }
    .sub { font-size: 11.5px; fill: #6b7280 }
    .graph { font-size: 13px; font-weight: 700; fill: #4b5563 }
    .name { font-size: 12px; font-weight: 700; text-anchor: middle }
    .line { font-size: 10.5px; text-anchor: middle; fill: #374151 }
    .number { font-size: 8.5px; text-anchor: end; fill: #9ca3af }
    .label { font-size: 10.5px; fill: #4b5563 }
    .edge { fill: none; stroke: #64748b; stroke-width: 1.3; marker-end: url(#head) }
    .keep { stroke: #d97706; marker-end: url(#keep) }
    .back { stroke: #d97706; stroke-width: 1.1; stroke-dasharray: 4 3; marker-end: url(#keep) }
    rect { stroke-width: 1.2 }
    .port rect { fill: #1f2937; stroke: #111827 }
    .port .name { fill: #ffffff } .port .line { fill: #d1d5db }
    .state rect { fill: #fef3c7; stroke: #d97706 }
    .convolution rect { fill: #dbeafe; stroke: #2563eb }
    .dense rect { fill: #e0e7ff; stroke: #4f46e5 }
    .pooling rect { fill: #ccfbf1; stroke: #0d9488 }
    .arithmetic rect { fill: #dcfce7; stroke: #16a34a }
    .activation rect { fill: #d9f99d; stroke: #65a30d }
    .movement rect { fill: #f1f5f9; stroke: #94a3b8 }
    .conversion rect { fill: #f3e8ff; stroke: #9333ea }
    .control rect { fill: #e5e7eb; stroke: #4b5563 }
    .other rect { fill: #ffe4e6; stroke: #e11d48; stroke-dasharray: 5 3 }
    """

  private static let markers = """
    <defs>
    <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6.5" markerHeight="6.5" orient="auto">\
    <path d="M0 0.5 L8 4 L0 7.5 Z" fill="#64748b"/></marker>
    <marker id="keep" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6.5" markerHeight="6.5" orient="auto">\
    <path d="M0 0.5 L8 4 L0 7.5 Z" fill="#d97706"/></marker>
    </defs>
    """
}

extension OperatorFamily {
  /// The words of the legend.
  var label: String {
    switch self {
    case .convolution: "convolution"
    case .dense: "matrix product, recurrence"
    case .pooling: "pooling, reduction"
    case .arithmetic: "arithmetic"
    case .activation: "activation"
    case .movement: "moves data"
    case .state: "state"
    case .conversion: "changes type"
    case .control: "control"
    case .other: "other"
    }
  }
}
