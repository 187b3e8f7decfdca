import RouseIR
import RouseNumerics

/// Removes operators that only move elements another operator could take from where they are.
///
/// | written | instead |
/// |---|---|
/// | reshape of a reshape | the outer one |
/// | reshape to the shape that is there, slice of everything, join of one | nothing |
/// | slice of a slice along the same axis | one slice |
/// | slice of a join, inside one operand | a slice of that operand, or the operand itself |
/// | join of a join along the same axis | one join |
/// | reshape before a dense layer, which flattens by itself | nothing |
/// | reshape of new rows for a ring that only a dense layer reads | a ring of the rows as they are |
///
/// The last two go first: they need the ring as `MakeStreaming` made it.
struct CopyFolding {
  private var edit: GraphEdit
  private(set) var count = 0

  init(_ graph: Graph) { edit = GraphEdit(graph) }

  /// The folded graph; each rule makes the graph smaller or moves a slice towards the inputs, so it ends.
  mutating func folded() -> Graph {
    edit = GraphEdit(edit.finished)
    while edit.graph.nodes.indices.contains(where: { foldDense($0) })
      || edit.graph.nodes.indices.contains(where: { foldRing($0) })
      || edit.graph.nodes.indices.contains(where: { fold($0) })
    {
      count += 1
      edit = GraphEdit(edit.finished)
    }
    return edit.graph
  }

  private mutating func fold(_ index: Int) -> Bool {
    let node = edit.graph.nodes[index]
    switch node.op {
    case .reshape: return removeIdentity(node) || foldReshape(index)
    case .stridedSlice: return removeIdentity(node) || foldSlice(index)
    case .concatenation(let op): return removeIdentity(node) || foldJoin(index, op)
    default: return false
    }
  }

  private func maker(of id: ValueID) -> Node? {
    edit.producer(of: id).map { edit.graph.nodes[$0] }
  }

  /// The result is the input, byte for byte and by type. A graph's output keeps its name and so its node.
  private mutating func removeIdentity(_ node: Node) -> Bool {
    guard node.inputs.count == 1, !edit.graph.outputs.contains(node.outputs[0]),
      edit.graph[node.inputs[0]].type == edit.graph[node.outputs[0]].type
    else { return false }
    edit.redirect(node.outputs[0], to: node.inputs[0])
    return true
  }

  private mutating func foldReshape(_ index: Int) -> Bool {
    guard let inner = maker(of: edit.graph.nodes[index].inputs[0]), case .reshape = inner.op else {
      return false
    }
    edit.graph.nodes[index].inputs = inner.inputs
    return true
  }

  private mutating func foldSlice(_ index: Int) -> Bool {
    let node = edit.graph.nodes[index]
    guard let cut = edit.graph.cut(of: node), let inner = maker(of: node.inputs[0]) else {
      return false
    }
    if let first = edit.graph.cut(of: inner), first.axis == cut.axis {
      let start = first.range.lowerBound
      take(
        start + cut.range.lowerBound..<start + cut.range.upperBound, along: cut.axis,
        of: inner.inputs[0], at: index)
      return true
    }
    guard case .concatenation(let join) = inner.op, join.axis == cut.axis else { return false }
    var start = 0
    for operand in inner.inputs {
      let extent = edit.graph[operand].type.shape[cut.axis]
      if cut.range.lowerBound >= start && cut.range.upperBound <= start + extent {
        take(
          cut.range.lowerBound - start..<cut.range.upperBound - start, along: cut.axis,
          of: operand, at: index)
        return true
      }
      start += extent
    }
    return false
  }

  /// Makes the slice at `index` one of `source`; removing it when it takes everything is another rule's work.
  private mutating func take(
    _ range: Range<Int>, along axis: Int, of source: ValueID, at index: Int
  ) {
    edit.graph.nodes[index].inputs = [source]
    edit.graph.nodes[index].op = .stridedSlice(
      AxisCut(axis: axis, range: range).slice(of: edit.graph[source].type.shape))
  }

  /// TFLite Micro joins at most 10 tensors.
  private mutating func foldJoin(_ index: Int, _ op: Concatenation) -> Bool {
    let node = edit.graph.nodes[index]
    for (position, id) in node.inputs.enumerated() {
      guard let inner = maker(of: id), case .concatenation(let other) = inner.op,
        other.axis == op.axis, edit.isPrivate(id),
        node.inputs.count + inner.inputs.count - 1 <= 10
      else { continue }
      edit.graph.nodes[index].inputs.replaceSubrange(position...position, with: inner.inputs)
      return true
    }
    return false
  }

  private mutating func foldDense(_ index: Int) -> Bool {
    let node = edit.graph.nodes[index]
    guard case .fullyConnected(let op) = node.op, !op.keepDimensions,
      let inner = maker(of: node.inputs[0]), case .reshape = inner.op,
      edit.graph[inner.inputs[0]].type.shape.rank > 1
    else { return false }
    edit.graph.nodes[index].inputs[0] = inner.inputs[0]
    return true
  }

  private mutating func foldRing(_ index: Int) -> Bool {
    let node = edit.graph.nodes[index]
    guard case .fullyConnected(let op) = node.op, !op.keepDimensions,
      let ring = Ring(edit, window: node.inputs[0], reader: index), edit.isPrivate(ring.fresh),
      let inner = maker(of: ring.fresh), case .reshape = inner.op,
      ring.canFollow(inner.inputs[0], along: 1, in: edit.graph)
    else { return false }
    ring.follow(inner.inputs[0], along: 1, in: &edit)
    return true
  }
}
