import RouseNumerics

/// How parts of a model are written for people.
package enum InspectionWords {
  /// `1x3x40`; `?` for an extent that is known at run time only; `scalar` for rank 0.
  package static func shape(_ shape: [Int]?) -> String {
    guard let shape else { return "?" }
    if shape.isEmpty { return "scalar" }
    return shape.map { $0 < 0 ? "?" : String($0) }.joined(separator: "x")
  }

  /// `1x1:uint8`; without the element type when it is `usual`.
  static func tensor(_ tensor: InspectedTensor, usual: String) -> String {
    let shape = shape(tensor.shape)
    return tensor.element == usual || tensor.element == "?" ? shape : "\(shape):\(tensor.element)"
  }

  /// At most `width` characters, with the middle left out: the ends of a name tell more.
  package static func shortened(_ name: String, to width: Int) -> String {
    let printed = printable(trimmed(name))
    guard printed.count > width, width > 2 else { return printed }
    let head = (width - 1) / 2
    return "\(printed.prefix(head))…\(printed.suffix(width - 1 - head))"
  }

  /// The ends of a name of absurd length, which no one reads whole.
  static func trimmed(_ name: some StringProtocol) -> String {
    name.utf8.count > longestName ? "\(name.prefix(250))…\(name.suffix(250))" : String(name)
  }

  static let longestName = 1000

  /// A name on one line, as `String.printable` and without line breaks.
  static func printable(_ name: String) -> String {
    name.printable.replacing("\n", with: "\\u{A}")
  }

  /// Four significant digits.
  package static func scale(_ scale: Float) -> String {
    guard scale.isFinite, scale != 0 else { return "\(scale)" }
    var exponent = 0
    var magnitude = Double(scale.magnitude)
    while magnitude >= 10 {
      magnitude /= 10
      exponent += 1
    }
    while magnitude < 1 {
      magnitude *= 10
      exponent -= 1
    }
    var digits = Int((magnitude * 1000).rounded())
    if digits == 10_000 { (digits, exponent) = (1000, exponent + 1) }
    let sign = scale < 0 ? "-" : ""
    guard (-5...6).contains(exponent) else {
      return "\(sign)\(withoutZeros("\(digits / 1000).\(padded(digits % 1000, 3))"))e\(exponent)"
    }
    if exponent >= 3 { return "\(sign)\(digits)" + String(repeating: "0", count: exponent - 3) }
    if exponent < 0 {
      let zeros = String(repeating: "0", count: -exponent - 1)
      return sign + withoutZeros("0.\(zeros)\(digits)")
    }
    let text = String(digits)
    return sign + withoutZeros("\(text.prefix(exponent + 1)).\(text.dropFirst(exponent + 1))")
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(width - text.count, 0)) + text
  }

  private static func withoutZeros(_ text: String) -> String {
    var result = Substring(text)
    while result.last == "0" { result.removeLast() }
    if result.last == "." { result.removeLast() }
    return String(result)
  }

  /// `0.1020 -128`; empty for a tensor that is not quantized; `64 scales` when there are several.
  static func quantization(_ tensor: InspectedTensor, isFull: Bool) -> String {
    guard let scales = tensor.scales, let first = scales.first else { return "" }
    if scales.count > 1 { return "\(scales.count) scales" }
    let scale = isFull ? "\(first)" : scale(first)
    return "\(scale) \(tensor.zeroPoints?.first ?? 0)"
  }

  /// `1 variable`, `2 variables`.
  static func counted(_ count: Int, _ word: String) -> String {
    let plural = word.hasSuffix("s") ? "es" : "s"
    return "\(count) \(word)\(count == 1 ? "" : plural)"
  }

  // MARK: - Options

  /// `stride=3x1 padding=valid activation=relu`: without what says nothing, pairs of axes together.
  package static func options(_ node: InspectedOperator) -> String {
    var words: [String] = []
    for option in node.options {
      guard let word = word(option, of: node) else { continue }
      words.append(printable(word))
    }
    return words.joined(separator: " ")
  }

  /// Nil for an option that goes without saying or that another one has told.
  private static func word(
    _ option: InspectedOperator.Option, of node: InspectedOperator
  ) -> String? {
    switch (option.name, option.value) {
    case ("stride_w", let w): return pair("stride", node[option: "stride_h"], w)
    case ("dilation_w_factor", let w):
      return pair("dilation", node[option: "dilation_h_factor"], w)
    case ("filter_width", let w): return pair("filter", node[option: "filter_height"], w, usual: -1)
    case ("stride_h", _), ("dilation_h_factor", _), ("filter_height", _): return nil
    case ("padding", .text(let padding)): return "padding=\(padding)"
    case ("fused_activation_function", .text(let name)):
      return name == "none" ? nil : "activation=\(name)"
    case ("strides", .integers(let values)): return extents("stride", values, usual: 1)
    case ("dilations", .integers(let values)): return extents("dilation", values, usual: 1)
    case ("kernel_shape", .integers(let values)): return extents("kernel", values, usual: -1)
    case ("pads", .integers(let values)) where values.allSatisfy({ $0 == 0 }): return nil
    case ("group", .integer(1)), ("depth_multiplier", .integer(1)): return nil
    case ("auto_pad", .text("NOTSET")): return nil
    case ("shared_name", _), ("container", _): return nil
    default: return option.isDefault ? nil : "\(option.name)\(value(option.value))"
    }
  }

  private static func pair(
    _ name: String, _ height: InspectedOperator.Value?, _ width: InspectedOperator.Value,
    usual: Int = 1
  ) -> String? {
    guard case .integer(let height)? = height, case .integer(let width) = width else { return nil }
    return extents(name, [height, width], usual: usual)
  }

  private static func extents(_ name: String, _ values: [Int], usual: Int) -> String? {
    if values.allSatisfy({ $0 == usual }) { return nil }
    return "\(name)=\(values.map(String.init).joined(separator: "x"))"
  }

  private static func value(_ value: InspectedOperator.Value) -> String {
    switch value {
    case .integer(let number): "=\(number)"
    case .integers(let numbers): "=\(list(numbers.map(String.init)))"
    case .real(let number): "=\(scale(number))"
    case .reals(let numbers): "=\(list(numbers.map(scale)))"
    case .text(let text): "=\(shortened(text, to: 40))"
    case .flag(let isSet): isSet ? "" : "=false"
    }
  }

  private static func list(_ words: [String]) -> String {
    words.count > 8
      ? "\(words.prefix(8).joined(separator: ",")),…" : words.joined(separator: ",")
  }
}
