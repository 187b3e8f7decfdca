import RouseNumerics

/// The text form of a graph: one line a node, in execution order; a constant stands before its first reader.
///
/// ```
/// graph "jarvis"
/// input %features int8[1, 3, 40] scale=0.101623535 zero=-128
/// variable stream_0 int8[1, 2, 1, 40] scale=0.101623535 zero=-128
/// variable bias int8[1, 2] scale=0.1 zero=3 = 0x0401
/// constant %stem/weights int8[2, 5, 1, 40] scales=(0.01, 0.02)@0 parameter = 0x00ff…
/// %stem = conv_2d(%x, %stem/weights, %stem/bias) stride=3x1 … : int8[1, 1, 1, 2] scale=0.05 zero=-128
/// assign_variable(%tail) variable=0
/// output %probability
/// ```
///
/// Names outside `A–Z a–z 0–9 _ . / : ; -` stand in quotes with `\"`, `\\` and `\u{…}`. A value's index follows from
/// the order of the lines; where it does not, `#index` stands behind the name and counting goes on from there. A value
/// that nothing defines is a line `unused`. Constants are `0x…` for int8 and uint8 and `[…]` for others; a variable that
/// does not start at zero has its elements behind its type. Floats are the shortest decimals that read back as the same
/// bits.
///
/// `parse(print(graph, .full)) == graph` for every graph that `GraphVerifier` accepts.
public enum GraphText {
  public enum Detail: Hashable, Sendable {
    /// Constants as a hash and statistics: for people and for comparing. `parse` does not read it.
    case summary
    /// Everything.
    case full
  }

  public static func print(_ graph: Graph, _ detail: Detail) -> String {
    var printer = GraphPrinter(graph, detail)
    return printer.text()
  }

  /// Reads the full form.
  ///
  /// - Throws: `GraphError.text` with the line, and what the operators refuse about their shapes.
  public static func parse(_ text: String) throws(GraphError) -> Graph {
    var parser = GraphParser(text)
    return try parser.graph()
  }

  /// Bytes of names that need no quotes.
  static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: ";"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "/"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// `name`, in quotes where needed.
  static func quoted(_ name: String, always: Bool = false) -> String {
    if !always, !name.isEmpty, name.utf8.allSatisfy(isBare) { return name }
    var result = "\""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case " "..."~": result.unicodeScalars.append(scalar)
      default: result += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
    return result + "\""
  }
}
