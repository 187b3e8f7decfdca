/// Reads an operator's attributes back from text; every key must be used.
public struct AttributeReader: Sendable {
  public let op: String
  public let line: Int
  private let values: [String: String]

  public init(op: String, line: Int, values: [String: String]) {
    self.op = op
    self.line = line
    self.values = values
  }

  public func text(_ key: String) throws(GraphError) -> String {
    guard let value = values[key] else {
      throw .text(line: line, expected: "attribute `\(key)` of \(op)", found: "nothing")
    }
    return value
  }

  public func int(_ key: String) throws(GraphError) -> Int {
    let value = try text(key)
    guard let number = Int(value) else {
      throw .text(line: line, expected: "an integer for `\(key)`", found: value)
    }
    return number
  }

  public func bool(_ key: String) throws(GraphError) -> Bool {
    let value = try text(key)
    guard let flag = Bool(value) else {
      throw .text(line: line, expected: "true or false for `\(key)`", found: value)
    }
    return flag
  }

  /// True for `key=true`, false when the key is not there: an attribute that most nodes do not have.
  public func flag(_ key: String) throws(GraphError) -> Bool {
    guard values[key] != nil else { return false }
    guard try bool(key) else {
      throw .text(line: line, expected: "`\(key)=true` or nothing", found: "false")
    }
    return true
  }

  /// A finite float, written so that it reads back exactly.
  public func float(_ key: String) throws(GraphError) -> Float {
    let value = try text(key)
    guard let number = Float(value), number.isFinite else {
      throw .text(line: line, expected: "a finite number for `\(key)`", found: value)
    }
    return number
  }

  /// Finite numbers written as `0.5,0.25`.
  public func doubles(_ key: String) throws(GraphError) -> [Double] {
    var numbers: [Double] = []
    for part in try text(key).split(separator: ",", omittingEmptySubsequences: false) {
      guard let number = Double(part), number.isFinite else {
        throw .text(
          line: line, expected: "numbers separated by `,` for `\(key)`", found: String(part))
      }
      numbers.append(number)
    }
    return numbers
  }

  /// The attributes `low` and `high`.
  func int32Range() throws(GraphError) -> ClosedRange<Int32> {
    let (low, high) = (try int("low"), try int("high"))
    guard let lower = Int32(exactly: low), let upper = Int32(exactly: high), lower <= upper else {
      throw .text(line: line, expected: "`low` up to `high`, of 32 bits", found: "\(low), \(high)")
    }
    return lower...upper
  }

  /// Integers written as `3x1`.
  public func ints(_ key: String) throws(GraphError) -> [Int] {
    let value = try text(key)
    if value.isEmpty { return [] }
    var numbers: [Int] = []
    for part in value.split(separator: "x", omittingEmptySubsequences: false) {
      guard let number = Int(part) else {
        throw .text(line: line, expected: "integers separated by `x` for `\(key)`", found: value)
      }
      numbers.append(number)
    }
    return numbers
  }

  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _: Choice.Type
  ) throws(GraphError) -> Choice where Choice.RawValue == String {
    let value = try text(key)
    guard let choice = Choice(rawValue: value) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw .text(line: line, expected: "one of \(names) for `\(key)`", found: value)
    }
    return choice
  }
}
