import RouseIR
import RouseNumerics

/// `x' = x · mask` before the dense unit, with `mask = 1 / (1 − rate)` or, with probability `rate`, 0.
///
/// The mask is a second input of the graph that is trained, and the product an operator that has a gradient already. Only
/// the trainer's copy of the graph holds either: nothing has to be taken out before the network is deployed, and
/// without dropout nothing is computed.
///
/// - Source: Srivastava et al., "Dropout", JMLR 15 (2014), in the form that scales while training.
struct Dropout {
  let rate: Double
  let seed: UInt64

  /// `graph` with the product before the dense unit that makes `logit`, the mask being its last input, and the logit.
  ///
  /// - Precondition: a dense unit makes `logit`, at most a chain of operators behind it.
  static func graph(_ graph: Graph, logit: ValueID) -> Graph {
    let dense = denseUnit(of: graph, before: logit)
    let input = graph.nodes[dense].inputs[0]
    let type = graph[input].type
    var result = graph
    let mask = ValueID(result.values.count)
    result.values.append(Value(name: "dropout/mask", type: type))
    let product = ValueID(result.values.count)
    result.values.append(Value(name: "dropout", type: type))
    result.inputs.append(mask)
    result.nodes[dense].inputs[0] = product
    result.nodes.insert(Node(.mul(Mul()), inputs: [input, mask], outputs: [product]), at: dense)
    return result
  }

  private static func denseUnit(of graph: Graph, before logit: ValueID) -> Int {
    var value = logit
    while let index = graph.producers[value.index] {
      if case .fullyConnected = graph.nodes[index].op { return index }
      value = graph.nodes[index].inputs[0]
    }
    preconditionFailure("dropout needs a dense unit before the logit")
  }

  /// Draws the mask of a step. That of example `i` of step `s` depends on the seed, `s` and `i` alone.
  func fill(_ mask: FloatView, step: Int, shards: Shards) {
    let stepSeed = StepGenerator.dropout.seed(seed, step)
    let perExample = mask.count / mask.shape[0]
    let kept = Float(1 / (1 - rate))
    let limit = Float(rate)
    shards.forEach({ _, examples in
      for example in examples {
        var generator = SeededGenerator(seed: stepSeed, stream: UInt64(example))
        mask.drop(
          example * perExample..<(example + 1) * perExample, rate: limit, kept: kept, &generator)
      }
    })
  }
}
