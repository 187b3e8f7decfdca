import RouseIR
import RouseNumerics

/// Gives every dense layer a result of rank 2 and a `reshape` behind it where the network wants another rank.
///
/// The int8 kernel of esp-tflite-micro takes extents 0 and 1 of the result for its rows and columns
/// (`kernels/esp_nn/fully_connected.cc`, releases before it asked for the last extent): of a result `[1, 1, 1, 64]` it
/// computes one element and leaves 63. So this is no choice, and no option leaves it out.
package enum DenseResult {
  package static func flatten(_ graph: Graph) -> Graph {
    var edit = GraphEdit(graph)
    for index in graph.nodes.indices.reversed() {
      let node = graph.nodes[index]
      guard case .fullyConnected(var op) = node.op, op.keepDimensions else { continue }
      var type = graph[node.outputs[0]].type
      guard type.shape.rank != 2, let columns = type.shape.dimensions.last else { continue }
      let dimensions = type.shape.dimensions
      type.shape = [type.shape.count / columns, columns]
      let rows = edit.add("\(graph[node.outputs[0]].name)/rows", type)
      op.keepDimensions = false
      edit.replace(
        index,
        by: [
          Node(.fullyConnected(op), inputs: node.inputs, outputs: [rows]),
          Node(.reshape(Reshape(shape: dimensions)), inputs: [rows], outputs: node.outputs),
        ])
    }
    return edit.finished
  }
}
