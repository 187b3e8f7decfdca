import RouseIR
import RouseRuntime

/// The probabilities that a model can say at all.
///
/// A model ends with LOGISTIC and QUANTIZE, and its logit is one of 256 values: running the two on all of them gives
/// every code that ESPHome can ever read. Sharp logits (a large scale) leave few codes near 1, where cutoffs are.
public struct OutputResolution: Hashable, Sendable {
  /// In ascending order.
  public var codes: [UInt8]

  /// nil for a graph that ends in another way.
  init?(of graph: Graph) {
    let producers = graph.producers
    guard let output = graph.outputs.first, let last = producers[output.index],
      case .quantize = graph.nodes[last].op, let probability = graph.nodes[last].inputs.first,
      let before = producers[probability.index], case .logistic = graph.nodes[before].op,
      let logit = graph.nodes[before].inputs.first, graph[logit].type.shape.count == 1
    else { return nil }
    let end = Graph(
      name: "end",
      values: [logit, probability, output].map {
        Value(name: graph[$0].name, type: graph[$0].type)
      },
      nodes: [
        Node(graph.nodes[before].op, inputs: [ValueID(0)], outputs: [ValueID(1)]),
        Node(graph.nodes[last].op, inputs: [ValueID(1)], outputs: [ValueID(2)]),
      ], inputs: [ValueID(0)], outputs: [ValueID(2)])
    guard var interpreter = try? Interpreter(end) else { return nil }
    var found: Set<UInt8> = []
    for value in Int8.min...Int8.max {
      interpreter.run([value])
      found.formUnion(interpreter.uint8s(of: ValueID(2)))
    }
    codes = found.sorted()
  }

  /// How many codes are greater than the device's cutoff, `int(cutoff · 255)`.
  public func codes(above cutoff: Int) -> Int { codes.count { Int($0) > cutoff } }
}
