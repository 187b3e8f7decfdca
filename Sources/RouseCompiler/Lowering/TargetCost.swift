import RouseFormats
import RouseIR
import RouseResources

/// A graph in the bytes that will be flashed.
struct EncodedGraph {
  var model: TFLiteModel
  var bytes: [UInt8]

  /// - Parameter offlinePlan: offsets of all tensors of all subgraphs that the file carries.
  init(_ graph: Graph, _ form: TFLiteForm, offlinePlan: [Int]? = nil) throws {
    model = try TFLiteLowering.model(
      from: graph, description: "Rouse \(Version.current)", form: form)
    if let offlinePlan { model = OfflinePlan.embed(offlinePlan, in: model) }
    bytes = TFLiteWriter.write(model, form: form)
  }
}

/// What a graph takes from a target.
public struct LoweringFigures: Codable, Hashable, Sendable {
  /// The smallest arena that begins and ends at a multiple of 16; what firmware needs for any address is in
  /// `ArenaReport.minimumBytes`.
  public var arenaBytes: Int
  public var fileBytes: Int
  /// Estimated processor cycles of one inference.
  public var cycles: Int

  static func - (a: Self, b: Self) -> Self {
    Self(
      arenaBytes: a.arenaBytes - b.arenaBytes, fileBytes: a.fileBytes - b.fileBytes,
      cycles: a.cycles - b.cycles)
  }
}

/// Measures graphs on the profile's newest firmware.
package struct TargetCost {
  private let arena: ArenaModel
  private let cycles: TargetProfile.Cycles
  private let form: TFLiteForm

  package init(_ profile: TargetProfile, form: TFLiteForm) {
    self.form = form
    arena = ArenaModel(library: profile.currentFirmware.library, for: profile)
    cycles = profile.cycles
  }

  struct Measurement {
    var figures: LoweringFigures
    /// The part of the arena that stays, without activations and scratch.
    var tailBytes: Int
    /// The nodes that are operators of the file, with the largest scratch buffer of each.
    var scratch: [(node: Node, bytes: Int)]
  }

  func measure(_ graph: Graph) throws -> Measurement {
    let encoded = try EncodedGraph(graph, form)
    let size = try arena.size(of: encoded.model)
    let operators = encoded.model.subgraphs[0].operators.count
    let nodes = form.operators(of: graph)
    let arithmetic = Budget.costs(of: graph, form).reduce(0) {
      $0 + cycles.cycles($1.builtin, $1.cost)
    }
    let all = arithmetic + Double(operators) * cycles.perNode.value
    return Measurement(
      figures: LoweringFigures(
        arenaBytes: size.requiredBytes, fileBytes: encoded.bytes.count, cycles: Int(all.rounded())),
      tailBytes: size.tailBytes,
      scratch: Array(zip(nodes, size.scratch.suffix(nodes.count))))
  }

  /// The largest scratch buffer of each node. In the plain form of the file every node is one operator, in order.
  func scratch(of graph: Graph) throws -> [Int] {
    let plain = try TFLiteLowering.model(from: graph, description: "")
    return Array(try arena.size(of: plain).scratch.suffix(graph.nodes.count))
  }
}

extension Objective {
  /// What is minimized; ties are broken by the second number.
  func score(_ figures: LoweringFigures, relativeTo base: LoweringFigures) -> (Double, Double) {
    let arena = Double(figures.arenaBytes) / Double(max(base.arenaBytes, 1))
    let flash = Double(figures.fileBytes) / Double(max(base.fileBytes, 1))
    let time = Double(figures.cycles) / Double(max(base.cycles, 1))
    let all = arena * flash * time
    switch self {
    case .arena: return (arena, all)
    case .flash: return (flash, all)
    case .time: return (time, all)
    case .balanced: return (all, arena)
    }
  }
}
