extension StringProtocol {
  /// Text out of a stranger's file, fit for a terminal: characters that could move its cursor or hide text become
  /// `\u{1B}` and the like. Lines stay lines.
  package var printable: String {
    guard unicodeScalars.contains(where: \.steersTerminal) else { return String(self) }
    return unicodeScalars.map { scalar in
      scalar.steersTerminal
        ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
    }.joined()
  }
}

extension Unicode.Scalar {
  fileprivate var steersTerminal: Bool {
    switch properties.generalCategory {
    case .control: self != "\n"
    case .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
