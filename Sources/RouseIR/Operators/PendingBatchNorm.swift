import RouseNumerics

// Pending: replaced by the operator's own file.
extension BatchNorm {
  public var attributes: [(key: String, value: String)] { fatalError("pending") }
  public init(attributes: AttributeReader) throws(GraphError) { fatalError("pending") }
  public func outputShapes(_ inputs: [Shape], _ variables: [Variable]) throws(GraphError) -> [Shape] { fatalError("pending") }
  public func forward(_ step: ForwardStep) { fatalError("pending") }
  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost { fatalError("pending") }
  public func backward(_ step: BackwardStep) { fatalError("pending") }
  public func scratchCount(batch: Int, _ inputs: [Shape], _ outputs: [Shape]) -> Int { fatalError("pending") }
}
