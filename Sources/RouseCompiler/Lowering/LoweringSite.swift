import RouseFormats
import RouseIR

/// A place of the trained network that can be written in several ways, all of which give the same bits.
package struct LoweringSite: Hashable, Sendable {
  package enum Form: Hashable, Sendable {
    /// Operators as the network was trained.
    case asTrained
    case point(PointConvolution.Form)
    /// One depthwise convolution instead of a split, slices, several convolutions and a join.
    case merged
    /// SPLIT_V instead of STRIDED_SLICE.
    case split
    /// Without the operators that only move elements.
    case folded

    /// What the report calls it.
    package var name: String {
      switch self {
      case .asTrained, .point(.convolution(groups: 1)): "as trained"
      case .point(.convolution(let groups)): "\(groups) convolutions"
      case .point(.flat(groups: 1)): "one pixel"
      case .point(.flat(let groups)): "one pixel, \(groups) convolutions"
      case .point(.dense): "dense"
      case .merged: "one kernel"
      case .split: "split"
      case .folded: "folded"
      }
    }
  }

  package enum Kind: String, Hashable, Sendable {
    case convolution, mixed, slice, copies
  }

  /// The result of the operator that the site is about; empty for the copies of the whole network.
  package var name: String
  package var kind: Kind
  /// As trained first.
  package var forms: [Form]
}

extension LoweringSite {
  /// The sites of a quantized streaming network, in execution order, each with more than one form that the firmware's
  /// operators allow.
  package static func all(in graph: Graph, operators: Set<String>) -> [LoweringSite] {
    func has(_ builtin: TFLiteBuiltin) -> Bool { operators.contains(builtin.schemaName) }
    let edit = GraphEdit(graph)
    var sites: [LoweringSite] = []
    for (index, node) in graph.nodes.enumerated() {
      guard let result = node.outputs.first else { continue }
      let name = graph[result].name
      if let point = PointConvolution(edit, at: index) {
        let forms = point.forms(
          hasDense: has(.fullyConnected) && has(.reshape), hasConcatenation: has(.concatenation))
        sites.append(.init(name: name, kind: .convolution, forms: forms.map(Form.point)))
      } else if MergedDepthwise(edit, joining: index) != nil {
        sites.append(.init(name: name, kind: .mixed, forms: [.asTrained, .merged]))
      } else if has(.splitV), graph.cut(of: node) != nil {
        sites.append(.init(name: name, kind: .slice, forms: [.asTrained, .split]))
      }
    }
    var folding = CopyFolding(graph)
    _ = folding.folded()
    if folding.count > 0 || sites.contains(where: { $0.kind == .convolution }) {
      sites.append(.init(name: "", kind: .copies, forms: [.asTrained, .folded]))
    }
    return sites.filter { $0.forms.count > 1 }
  }

  /// The network with one form for each site: kernels first, then convolutions, which move whole rings, then copies,
  /// then slices, of which the earlier steps remove some.
  package static func rewrite(_ graph: Graph, _ sites: [LoweringSite], _ forms: [Form]) -> Graph {
    var edit = GraphEdit(graph)
    func each(_ kind: Kind, _ body: (Int, Form) -> Void) {
      for (site, form) in zip(sites, forms) where site.kind == kind && form != .asTrained {
        if let index = edit.node(making: site.name) { body(index, form) }
      }
    }
    each(.mixed) { index, _ in MergedDepthwise(edit, joining: index)?.apply(to: &edit) }
    each(.convolution) { index, form in
      if case .point(let form) = form { PointConvolution(edit, at: index)?.apply(form, to: &edit) }
    }
    if forms.contains(.folded) {
      var folding = CopyFolding(edit.graph)
      edit = GraphEdit(folding.folded())
    }
    each(.slice) { index, _ in SplitCut.apply(at: index, in: &edit) }
    return edit.finished
  }
}
