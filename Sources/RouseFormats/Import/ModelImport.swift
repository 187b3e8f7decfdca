import RouseIR

/// A float network of another program as a graph over a whole window.
public struct ImportedNetwork: Hashable, Sendable {
  /// One input `[1, rows, features]`, one probability `[1, 1]`; channel-last, batch normalization folded.
  public var graph: Graph
  public var kind: FileKind
  /// `pytorch 2.15.0`
  public var producer: String
  public var notes: [ImportNote]
}

/// Reads model files that other programs wrote and turns them into networks that can stream.
///
/// A network is understood when every operator between the features and one probability has a counterpart that computes
/// a row of its result from a bounded number of past rows. Transposes, reshapes and flattenings cost nothing: where each
/// element lies is kept beside the graph (`Placement`) and weights are put in order instead.
public enum ModelImport {
  public struct Options: Hashable, Sendable {
    /// The axis of the input that is time, as the file counts them; nil to find it.
    public var timeAxis: Int?
    /// Rows of a window where the file leaves them open.
    public var windowRows: Int?
    /// Extent of a feature row.
    public var features: Int

    public init(timeAxis: Int? = nil, windowRows: Int? = nil, features: Int) {
      self.timeAxis = timeAxis
      self.windowRows = windowRows
      self.features = features
    }
  }

  /// Most rows of a window: 30 s at 10 ms.
  public static let windowRows = 1...3000

  /// - Throws: `FormatError.notImportable` with every operator that is in the way; other cases for damaged files.
  public static func network(
    from bytes: [UInt8], _ kind: FileKind, _ options: Options
  ) throws(FormatError) -> ImportedNetwork {
    let network =
      kind == .tflite ? try TFLiteImportReader.read(bytes) : try ONNXImportReader.read(bytes)
    return try self.network(network, options)
  }

  static func network(
    _ network: ForeignNetwork, _ options: Options
  ) throws(FormatError) -> ImportedNetwork {
    guard network.inputs.count == 1, let input = network.inputs.first else {
      throw .modelRule(
        network.kind, what: "inputs", rule: "one, the features",
        found: network.inputs.isEmpty
          ? "none" : network.inputs.map { "`\($0.name)`" }.joined(separator: ", "))
    }
    guard network.outputs.count == 1 else {
      throw .modelRule(
        network.kind, what: "outputs", rule: "one, the probability",
        found: network.outputs.map { "`\($0)`" }.joined(separator: ", "))
    }
    let readings = try InputReading.candidates(input, network.kind, options)
    var attempts: [(reading: TimeReading, importer: NetworkImporter, graph: Graph?)] = []
    for reading in readings {
      var importer = NetworkImporter(network, reading)
      let graph = importer.run()
      attempts.append((reading, importer, graph))
    }
    let understood = attempts.filter { $0.graph != nil }
    guard understood.count <= 1 else {
      throw .ambiguousTime(network.kind, input: input.name, shape: readings[0].shape)
    }
    guard let best = understood.first, let graph = best.graph else {
      // The reading that leads further is the one to talk about.
      let problems = attempts.map(\.importer.problems).min { $0.count < $1.count } ?? []
      throw .notImportable(network.kind, problems)
    }
    return ImportedNetwork(
      graph: graph.pruned(), kind: network.kind, producer: network.producer,
      notes: [.timeAxis(best.reading.time, shape: best.reading.shape)] + best.importer.notes)
  }
}

/// Finds time and features among the axes of an input.
enum InputReading {
  /// One reading, or two when both axes could be time.
  static func candidates(
    _ input: ForeignNetwork.Port, _ kind: FileKind, _ options: ModelImport.Options
  ) throws(FormatError) -> [TimeReading] {
    let rank = input.shape.count
    func wrong(_ rule: String) -> FormatError {
      .tensorRule(
        kind, tensor: input.name, rule: rule,
        found: "[" + input.shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]")
    }
    guard (2...ImportLimit.rank).contains(rank) else {
      throw wrong("an input of two axes or more, time and \(options.features) features")
    }
    var open = input.shape.indices.filter { input.shape[$0] == nil }
    // An open first axis is the batch, unless there is no other axis for time.
    if rank > 2, open.first == 0 { open.removeFirst() }
    var shape = input.shape.map { $0 ?? 1 }
    guard open.count <= 1 else {
      throw wrong("at most one axis of unknown extent besides the batch")
    }
    if let axis = open.first {
      guard let rows = options.windowRows else {
        throw .openWindow(kind, input: input.name, axis: axis)
      }
      shape[axis] = rows
    }
    let wide = shape.indices.filter { shape[$0] > 1 || open.contains($0) }
    if let time = options.timeAxis {
      guard shape.indices.contains(time), wide.count <= 2,
        let features = wide.first(where: { $0 != time }), shape[features] == options.features
      else {
        throw wrong("\(options.features) features on the one other axis than time axis \(time)")
      }
      return [TimeReading(shape: shape, time: time, features: features)]
    }
    guard wide.count == 2 else {
      throw wrong("two axes longer than 1, time and \(options.features) features")
    }
    let readings = [(wide[0], wide[1]), (wide[1], wide[0])].filter { time, features in
      shape[features] == options.features && (open.isEmpty || open == [time])
    }.map { TimeReading(shape: shape, time: $0, features: $1) }
    guard !readings.isEmpty else {
      throw wrong("\(options.features) features on one axis, as the device computes them")
    }
    guard readings.allSatisfy({ ModelImport.windowRows.contains(shape[$0.time]) }) else {
      throw wrong(
        "\(ModelImport.windowRows.lowerBound) to \(ModelImport.windowRows.upperBound) rows")
    }
    return readings
  }
}
