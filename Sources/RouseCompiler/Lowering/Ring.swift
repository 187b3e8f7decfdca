import RouseIR
import RouseNumerics

/// A window that a ring buffer collects: `concatenation(read_variable, fresh)`, of which the last rows go back with
/// `assign_variable`.
struct Ring {
  private let join: Int
  private let slice: Int
  private let variable: VariableID
  /// The new rows.
  let fresh: ValueID

  /// - Parameter reader: index of an operator that does not care about the shape of the window.
  /// - Returns: nil unless that operator and the slice are all that read the window.
  init?(_ edit: GraphEdit, window: ValueID, reader: Int) {
    let graph = edit.graph
    guard !graph.outputs.contains(window), graph[window].type.shape[0] == 1,
      let join = edit.producer(of: window), case .concatenation(let op) = graph.nodes[join].op,
      op.axis == 1, graph.nodes[join].inputs.count == 2,
      let read = edit.producer(of: graph.nodes[join].inputs[0]),
      case .readVariable(let source) = graph.nodes[read].op,
      edit.isPrivate(graph.nodes[join].inputs[0])
    else { return nil }
    let others = edit.readers(of: window).filter { $0 != reader }
    guard others.count == 1, let cut = graph.cut(of: graph.nodes[others[0]]), cut.axis == 1,
      cut.range.upperBound == graph[window].type.shape[1]
    else { return nil }
    let kept = graph.nodes[others[0]].outputs[0]
    let users = graph.nodes.filter { node in
      if case .assignVariable(let op) = node.op { return op.variable == source.variable }
      if case .readVariable(let op) = node.op { return op.variable == source.variable }
      return false
    }
    guard edit.isPrivate(kept), graph[kept].type.shape == graph[source.variable].type.shape,
      users.count == 2, users.contains(where: { $0.inputs == [kept] })
    else { return nil }
    self.join = join
    slice = others[0]
    variable = source.variable
    fresh = graph.nodes[join].inputs[1]
  }

  /// True when the ring's elements can be laid out like `value`, longer or shorter along `axis`.
  func canFollow(_ value: ValueID, along axis: Int, in graph: Graph) -> Bool {
    let shape = graph[value].type.shape
    guard shape.rank > axis, shape.dimensions[..<axis].allSatisfy({ $0 == 1 }) else { return false }
    return graph[variable].type.shape.count % shape.dimensions[(axis + 1)...].reduce(1, *) == 0
  }

  /// Lays past rows, window and kept rows out like `value`, which holds the elements of the new rows.
  ///
  /// - Precondition: `canFollow`.
  func follow(_ value: ValueID, along axis: Int, in edit: inout GraphEdit) {
    let like = edit.graph[value].type.shape
    let inner = like.dimensions[(axis + 1)...].reduce(1, *)
    func shape(_ count: Int) -> Shape {
      var result = like
      result[axis] = count / inner
      return result
    }
    let kept = edit.graph.nodes[slice].outputs[0]
    let window = edit.graph.nodes[join].outputs[0]
    for id in [edit.graph.nodes[join].inputs[0], window, kept] {
      edit.graph[id].type.shape = shape(edit.graph[id].type.shape.count)
    }
    edit.graph[variable].type.shape = edit.graph[kept].type.shape
    let whole = edit.graph[window].type.shape
    let cut = AxisCut(
      axis: axis, range: whole[axis] - edit.graph[kept].type.shape[axis]..<whole[axis])
    edit.graph.nodes[slice].op = .stridedSlice(cut.slice(of: whole))
    edit.graph.nodes[join].op = .concatenation(Concatenation(axis: axis))
    edit.graph.nodes[join].inputs[1] = value
  }

  /// Makes the window one pixel of many channels; only the new rows are reshaped.
  ///
  /// - Returns: how many nodes were added in front.
  func flatten(in edit: inout GraphEdit) -> Int {
    let flat = Self.pixel(fresh, before: join, in: &edit)
    Ring(moved: self, by: 1).follow(flat, along: 3, in: &edit)
    return 1
  }

  private init(moved ring: Ring, by nodes: Int) {
    join = ring.join + nodes
    slice = ring.slice + nodes
    variable = ring.variable
    fresh = ring.fresh
  }

  /// Adds a `reshape` to `[1, 1, 1, elements]` in front of a node.
  static func pixel(_ value: ValueID, before index: Int, in edit: inout GraphEdit) -> ValueID {
    var type = edit.graph[value].type
    type.shape = [1, 1, 1, type.shape.count]
    let flat = edit.add("\(edit.graph[value].name)/pixel", type)
    let node = Node(
      .reshape(Reshape(shape: type.shape.dimensions)), inputs: [value], outputs: [flat])
    edit.graph.nodes.insert(node, at: index)
    return flat
  }
}
