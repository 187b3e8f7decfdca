import RouseFormats
import RouseIR
import RouseNumerics
import RouseRuntime

/// The codes of every layer of a QDQ model beside those of the device.
///
/// `compare` stands in the run of an `ONNXInterpreter`: it notes how far the result of a QuantizeLinear is from the
/// device's codes and puts the device's in its place, so that no difference reaches a later layer.
public struct LayerComparison {
  private let graph: Graph
  private var expected: [String: ONNXData] = [:]
  /// Codes that were compared.
  public private(set) var compared = 0
  /// The largest distance of two codes; 256 for a layer whose codes cannot be compared at all.
  public private(set) var largest = 0.0

  public init(_ graph: Graph) { self.graph = graph }

  /// Runs the device's arithmetic once and keeps every code.
  public mutating func take(from interpreter: inout Interpreter, _ input: [Int8]) {
    func named(_ id: ValueID, _ bytes: [Int8]) -> (String, ONNXData) {
      (graph[id].name + ".quantized", ChannelFirst.data(bytes, graph[id].type))
    }
    var codes = [named(graph.inputs[0], input)]
    interpreter.run(inputs: [input]) { _, id, bytes in codes.append(named(id, bytes)) }
    expected = Dictionary(codes) { $1 }
  }

  /// - Returns: the device's codes for a result with the name of one, nil for other results.
  public mutating func compare(
    _ name: String, _ value: ONNXInterpreter.Value
  ) -> ONNXInterpreter.Value? {
    guard name.hasSuffix(".quantized") else { return nil }
    guard let ours = expected[name], let distance = Self.distance(ours, value.data) else {
      largest = 256
      return nil
    }
    compared += ours.count
    largest = max(largest, Double(distance))
    return ONNXInterpreter.Value(shape: value.shape, data: ours)
  }

  private static func distance(_ a: ONNXData, _ b: ONNXData) -> Int? {
    guard a.count == b.count else { return nil }
    switch (a, b) {
    case (.int8(let a), .int8(let b)):
      return zip(a, b).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
    case (.uint8(let a), .uint8(let b)):
      return zip(a, b).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
    default: return nil
    }
  }
}
