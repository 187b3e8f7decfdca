import RouseIR
import RouseNumerics

/// Where each constant of a network stands in one flat run of floats: first what gradients change, then what training
/// changes otherwise (the moving statistics of batch normalization).
///
/// Every entry begins at a multiple of 16 floats, the alignment that vector kernels like; the gaps stay zero. Order
/// and names come from the graph, so equal graphs have equal layouts.
package struct ParameterLayout: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let name: String
    package let shape: Shape
    package let offset: Int
    package let isTrainable: Bool
  }

  package let entries: [Entry]
  /// Floats of the trainable part, gaps included.
  package let trainableCount: Int
  /// Floats in all.
  package let count: Int

  static let alignment = 16

  package init(_ graph: Graph) {
    var entries: [Entry] = []
    var offset = 0
    var trainable = 0
    for wanted in [true, false] {
      for value in graph.values where value.constant != nil && value.isParameter == wanted {
        precondition(value.type.element == .float32, "\(value.name): training is in float32")
        entries.append(
          Entry(name: value.name, shape: value.type.shape, offset: offset, isTrainable: wanted))
        offset += (value.type.shape.count + Self.alignment - 1) / Self.alignment * Self.alignment
      }
      if wanted { trainable = offset }
    }
    self.entries = entries
    trainableCount = trainable
    count = offset
  }

  /// Numbers that gradients change, without gaps: 25,537 for `esphome-standard`.
  package var parameterCount: Int {
    entries.filter(\.isTrainable).reduce(0) { $0 + $1.shape.count }
  }

  subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The graph's constants in this layout.
  package func values(of graph: Graph) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    for entry in entries {
      guard let id = graph.value(named: entry.name), case .float32(let numbers) = graph[id].constant
      else { preconditionFailure("\(entry.name) is not a constant of the graph") }
      view(entry, of: buffer).copy(from: numbers)
    }
    return buffer
  }

  /// `graph` with its constants replaced by those in `buffer`.
  package func graph(_ graph: Graph, with buffer: FloatBuffer) -> Graph {
    var graph = graph
    for entry in entries {
      guard let id = graph.value(named: entry.name) else {
        preconditionFailure("\(entry.name) is not in the graph")
      }
      graph[id].constant = .float32(view(entry, of: buffer).values)
    }
    return graph
  }

  func view(_ entry: Entry, of buffer: FloatBuffer) -> FloatView {
    FloatView(buffer, offset: entry.offset, shape: entry.shape)
  }

  /// The trainable part of a buffer in this layout, as one flat view.
  func trainable(_ buffer: FloatBuffer) -> FloatView {
    FloatView(buffer, offset: 0, shape: [trainableCount])
  }

  func all(_ buffer: FloatBuffer) -> FloatView { FloatView(buffer, offset: 0, shape: [count]) }
}
