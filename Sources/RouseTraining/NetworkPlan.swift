import RouseIR
import RouseNumerics

/// A graph made ready to run over batches of one size: every activation, gradient and scratch area has its place, and
/// every node its views, before the first step. A step then allocates nothing.
///
/// Not safe to use from two threads at once; the shards of one step may run on several.
package final class NetworkPlan {
  package let batch: Int
  /// `[batch, …]`, the graph's inputs, to be filled before `forward`.
  package let inputs: [FloatView]
  package var input: FloatView { inputs[0] }
  /// `[batch, …]`, the value that the plan ends at.
  package let output: FloatView
  /// To be filled before `backward`; nil in a plan without gradients.
  package let outputGradient: FloatView?

  private struct NodePlan {
    let op: any BatchOperator
    let training: ForwardStep
    let inference: ForwardStep
    /// Nil where no gradient passes.
    let backward: BackwardStep?
    /// Gradients of this node's results that other readers left in places of their own, and where they belong.
    let sums: [(into: FloatView, from: FloatView)]
  }

  private let nodes: [NodePlan]
  /// The same for parameters that several nodes read.
  private let parameterSums: [(into: FloatView, from: FloatView)]

  /// Plans the part of `graph` that makes `target`.
  ///
  /// - Parameters:
  ///   - values: the constants, in `layout`; several plans may share them.
  ///   - gradients: where parameter gradients go, in `layout`; nil for a plan that only runs forward.
  /// - Precondition: every node up to `target` is a `TrainableOperator`, every constant is in `layout`.
  package init(
    _ graph: Graph, target: ValueID, layout: ParameterLayout, values: FloatBuffer,
    gradients: FloatBuffer?, batch: Int, threads: Int
  ) {
    let nodes = PlannedNode.nodes(of: graph, upTo: target)
    let views = Self.views(graph, nodes, layout, values, batch)
    let flow =
      gradients.map { GradientFlow(graph, nodes, target, layout, $0, views: views) }
      ?? GradientFlow(nodeCount: nodes.count)
    let shards = Shards(batch: batch, threads: threads)
    self.batch = batch
    self.nodes = nodes.enumerated().map { index, node in
      let op = node.op
      let scratch = FloatView(zeros: [
        op.scratchCount(
          batch: batch, node.inputs.map { graph[$0].type.shape },
          node.outputs.map { graph[$0].type.shape })
      ])
      let (inputs, outputs) = (
        node.inputs.map { views[$0.index] }, node.outputs.map { views[$0.index] }
      )
      func forward(isTraining: Bool) -> ForwardStep {
        ForwardStep(
          inputs: inputs, outputs: outputs, scratch: scratch, shards: shards, isTraining: isTraining
        )
      }
      return NodePlan(
        op: op, training: forward(isTraining: true), inference: forward(isTraining: false),
        backward: flow.nodes[index].map {
          BackwardStep(
            inputs: inputs, outputs: outputs, outputGradients: $0.outputs,
            inputGradients: $0.inputs,
            scratch: scratch, shards: shards)
        }, sums: flow.nodes[index]?.sums ?? [])
    }
    parameterSums = flow.parameterSums
    inputs = graph.inputs.map { views[$0.index] }
    output = views[target.index]
    outputGradient = flow.outputGradient
  }

  package func forward(isTraining: Bool) {
    for node in nodes { node.op.forward(isTraining ? node.training : node.inference) }
  }

  /// Fills the parameter gradients; `forward(isTraining: true)` ran on the same input and `outputGradient` is set.
  package func backward() {
    for node in nodes.reversed() {
      guard let step = node.backward else { continue }
      for sum in node.sums { sum.into.add(sum.from) }
      node.op.backward(step)
    }
    for sum in parameterSums { sum.into.add(sum.from) }
  }

  /// A view for each value: constants in `values`, what depends on the input with the batch as axis 0 in storage of its
  /// own, what depends on constants alone (fake quantized weights) in storage of its own shape.
  private static func views(
    _ graph: Graph, _ nodes: [PlannedNode], _ layout: ParameterLayout, _ values: FloatBuffer,
    _ batch: Int
  ) -> [FloatView] {
    let used = Set(nodes.flatMap { $0.inputs + $0.outputs } + graph.inputs)
    let none = FloatView(zeros: [0])
    var hasBatch = graph.values.indices.map { graph.inputs.contains(ValueID($0)) }
    for node in nodes where node.inputs.contains(where: { hasBatch[$0.index] }) {
      for output in node.outputs { hasBatch[output.index] = true }
    }
    return graph.values.indices.map { index in
      guard used.contains(ValueID(index)) else { return none }
      let value = graph.values[index]
      if value.constant != nil {
        guard let entry = layout[value.name], entry.shape.count == value.type.shape.count else {
          preconditionFailure("\(value.name) is not in the layout")
        }
        return layout.view(entry, of: values).reshaped(value.type.shape)
      }
      var shape = value.type.shape
      guard hasBatch[index] else { return FloatView(zeros: shape) }
      precondition(shape.rank > 0 && shape[0] == 1, "\(value.name): axis 0 is the batch")
      shape[0] = batch
      return FloatView(zeros: shape)
    }
  }
}
