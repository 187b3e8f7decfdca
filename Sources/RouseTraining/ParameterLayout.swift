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

// MARK: - Text

extension ParameterLayout {
  /// Name, place and shape of everything, a line each: equal texts mean equal meaning of the floats.
  ///
  /// ```
  /// first_conv/weights 0 trained 32 5 1 40
  /// block1/batch_norm/mean 25664 moving 64
  /// ```
  var text: String {
    entries.map { entry in
      let shape = entry.shape.dimensions.map { " \($0)" }.joined()
      return "\(entry.name) \(entry.offset) \(entry.isTrainable ? "trained" : "moving")\(shape)"
    }.joined(separator: "\n")
  }

  /// The layout whose text this is; nil for a text that no layout has, and for one of more than `most` floats.
  init?(text: String, most: Int) {
    var entries: [Entry] = []
    var offset = 0
    var trainable = 0
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let extents = words.dropFirst(3).map { Int($0) ?? 0 }
      guard words.count >= 3, Int(words[1]) == offset, ["trained", "moving"].contains(words[2])
      else { return nil }
      var count = 1
      for extent in extents {
        let (product, overflows) = count.multipliedReportingOverflow(by: extent)
        guard !overflows, product > 0, product <= most else { return nil }
        count = product
      }
      let isTrainable = words[2] == "trained"
      guard !isTrainable || trainable == offset else { return nil }
      entries.append(
        Entry(
          name: String(words[0]), shape: Shape(extents), offset: offset, isTrainable: isTrainable))
      offset += (count + Self.alignment - 1) / Self.alignment * Self.alignment
      if isTrainable { trainable = offset }
      guard offset <= most else { return nil }
    }
    self.entries = entries
    trainableCount = trainable
    count = offset
  }

  /// The first difference between the networks of two layouts, in words; nil when all names and shapes agree.
  func firstDifference(from other: ParameterLayout) -> LayoutDifference? {
    for (mine, theirs) in zip(entries, other.entries) where mine != theirs {
      return LayoutDifference(
        expected: "\(mine.name) \(mine.shape)", found: "\(theirs.name) \(theirs.shape)")
    }
    if entries.count == other.entries.count { return nil }
    let last = "nothing more"
    func describe(_ layout: ParameterLayout, _ index: Int) -> String {
      guard layout.entries.indices.contains(index) else { return last }
      return "\(layout.entries[index].name) \(layout.entries[index].shape)"
    }
    let index = min(entries.count, other.entries.count)
    return LayoutDifference(expected: describe(self, index), found: describe(other, index))
  }
}

/// Two parameters at the same place of two networks: name and shape of each.
struct LayoutDifference: Hashable {
  var expected: String
  var found: String
}
