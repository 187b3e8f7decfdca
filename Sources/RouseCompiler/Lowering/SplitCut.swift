import RouseIR
import RouseNumerics

/// A slice along one axis written as SPLIT_V: the part that is wanted and what stands beside it.
///
/// SPLIT_V keeps nothing in the arena, where TFLite Micro's STRIDED_SLICE keeps 24 bytes of parameters and 84 of its own
/// for each use.
enum SplitCut {
  /// - Parameter index: a node; nothing happens unless it is such a slice.
  static func apply(at index: Int, in edit: inout GraphEdit) {
    let node = edit.graph.nodes[index]
    guard let cut = edit.graph.cut(of: node) else { return }
    let input = edit.graph[node.inputs[0]].type
    let extent = input.shape[cut.axis]
    let sizes = [cut.range.lowerBound, cut.range.count, extent - cut.range.upperBound]
    guard sizes.contains(0) || cut.range.count < extent else { return }
    let name = edit.graph[node.outputs[0]].name
    var outputs: [ValueID] = []
    for (part, size) in sizes.enumerated() where size > 0 {
      guard part != 1 else {
        outputs.append(node.outputs[0])
        continue
      }
      var type = input
      type.shape[cut.axis] = size
      outputs.append(edit.add(part == 0 ? "\(name)/before" : "\(name)/after", type))
    }
    guard outputs.count > 1 else { return }
    let split = SplitV(sizes: sizes.filter { $0 > 0 }, axis: cut.axis)
    edit.replace(index, by: [Node(.splitV(split), inputs: node.inputs, outputs: outputs)])
  }
}
