/// The extents of a tensor, outermost first. A scalar has no dimensions.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public var dimensions: [Int]

  public init(_ dimensions: [Int]) { self.dimensions = dimensions }
  public init(arrayLiteral elements: Int...) { self.dimensions = elements }

  /// Number of elements: the product of the dimensions, 1 for a scalar.
  public var count: Int { dimensions.reduce(1, *) }
  public var rank: Int { dimensions.count }
  public subscript(axis: Int) -> Int {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }

  /// `[1, 3, 40]`
  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
