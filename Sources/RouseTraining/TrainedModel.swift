import RouseIR
import RouseNumerics

/// Where a model comes from.
public struct TrainingProvenance: Hashable, Sendable {
  /// SHA-256 of the preset's text, in hexadecimal.
  public var presetDigest: String
  /// SHA-256 of the corpus: wake word, seed, and name, role, split and samples of every clip that was used.
  public var corpusDigest: String
  public var seed: UInt64
  /// SHA-256 of the weights that training began with; empty when they were drawn from the seed.
  public var startDigest: String
  /// SHA-256 of what a teacher knew; empty without one.
  public var teacherDigest: String
  /// Steps of the whole run.
  public var steps: Int
  /// The step whose weights were kept.
  public var bestStep: Int
  /// Their score on held-out people.
  public var score: ValidationScore?
  /// What training under simulated int8 was worth; nil when there was none. The steps and the score above are those of
  /// the float network.
  public var quantizationAware: QuantizationAwareRecalls?

  package init(
    presetDigest: String, corpusDigest: String, seed: UInt64, startDigest: String = "",
    teacherDigest: String = "", steps: Int, bestStep: Int, score: ValidationScore?,
    quantizationAware: QuantizationAwareRecalls? = nil
  ) {
    self.teacherDigest = teacherDigest
    self.presetDigest = presetDigest
    self.corpusDigest = corpusDigest
    self.seed = seed
    self.startDigest = startDigest
    self.steps = steps
    self.bestStep = bestStep
    self.score = score
    self.quantizationAware = quantizationAware
  }
}

/// A network with its trained weights, before anything is done to it for a device.
public struct TrainedModel: Hashable, Sendable {
  /// The training graph over one window; see `Architecture.graph`.
  public var graph: Graph
  public var preset: Preset
  public var wakeWord: String
  public var provenance: TrainingProvenance

  public init(graph: Graph, preset: Preset, wakeWord: String, provenance: TrainingProvenance) {
    self.graph = graph
    self.preset = preset
    self.wakeWord = wakeWord
    self.provenance = provenance
  }
}

// MARK: - File

extension TrainedModel {
  /// Writes the model as a `SectionFile`: the preset's text, provenance, and one section for each constant.
  ///
  /// The graph itself is not stored: the preset determines it.
  public func write(to path: String) throws(TrainingError) {
    var sections: [SectionFile.Section] = [
      .init("preset", .text(preset.source)),
      .init("wake_word", .text(wakeWord)),
      .init("preset_digest", .text(provenance.presetDigest)),
      .init("corpus_digest", .text(provenance.corpusDigest)),
      .init("seed", .numbers([provenance.seed])),
      .init("start_digest", .text(provenance.startDigest)),
      .init("steps", .numbers([UInt64(provenance.steps)])),
      .init("best_step", .numbers([UInt64(provenance.bestStep)])),
      .init("score", .numbers(ValidationScore.encode(provenance.score))),
    ]
    sections += QuantizationAwareRecalls.encode(provenance.quantizationAware)
    if !provenance.teacherDigest.isEmpty {
      sections.append(.init("teacher_digest", .text(provenance.teacherDigest)))
    }
    for value in graph.values {
      if case .float32(let values) = value.constant {
        sections.append(.init(Self.prefix + value.name, .floats(values)))
      }
    }
    try SectionFile(.model, sections).write(to: path)
  }

  /// - Throws: `.file`, `.corrupt`, and what is wrong with the preset inside.
  public init(path: String) throws(TrainingError) {
    let file = try SectionFile(path: path, kind: .model)
    let preset = try Preset(yaml: try file.text("preset", path: path), file: path)
    var graph = try Self.untrainedGraph(of: preset)
    for index in graph.values.indices where graph.values[index].constant != nil {
      let value = graph.values[index]
      graph.values[index].constant = .float32(
        try file.floats(Self.prefix + value.name, count: value.type.shape.count, path: path))
    }
    self.init(
      graph: graph, preset: preset, wakeWord: try file.text("wake_word", path: path),
      provenance: TrainingProvenance(
        presetDigest: try file.text("preset_digest", path: path),
        corpusDigest: try file.text("corpus_digest", path: path),
        seed: try file.number("seed", path: path),
        startDigest: file.has("start_digest") ? try file.text("start_digest", path: path) : "",
        teacherDigest: file.has("teacher_digest")
          ? try file.text("teacher_digest", path: path) : "",
        steps: try file.count("steps", path: path),
        bestStep: try file.count("best_step", path: path),
        score: try ValidationScore.decode("score", file, path),
        quantizationAware: try QuantizationAwareRecalls(file, path: path)))
  }

  private static let prefix = "constant "

  /// The graph of a preset with weights that mean nothing, for those of a file.
  static func untrainedGraph(of preset: Preset) throws(TrainingError) -> Graph {
    var generator = SeededGenerator(seed: 0)
    return try preset.architecture.graph(
      stepMilliseconds: preset.stepMilliseconds, generator: &generator)
  }
}

// MARK: - Training on

extension TrainedModel {
  /// SHA-256 of every weight, in the order of the layout, in hexadecimal.
  var weightsDigest: String {
    let layout = ParameterLayout(graph)
    let values = layout.all(layout.values(of: graph)).values
    return SHA256.hex(
      SHA256.digest(
        values.flatMap { value in
          (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
        }))
  }

  /// SHA-256 of the weights and of the preset that says which network they are in, in hexadecimal.
  var networkDigest: String {
    SHA256.hex(SHA256.digest(Array("\(weightsDigest)\n\(preset.source)".utf8)))
  }

  /// `graph` with the weights of this model.
  ///
  /// - Throws: `.otherNetwork` with the first parameter that differs in name or shape.
  func start(_ graph: Graph) throws(TrainingError) -> Graph {
    let (wanted, own) = (ParameterLayout(graph), ParameterLayout(self.graph))
    if let difference = wanted.firstDifference(from: own) {
      throw .otherNetwork(
        preset: preset.name, expected: difference.expected, found: difference.found)
    }
    return wanted.graph(graph, with: own.values(of: self.graph))
  }
}

extension ValidationScore {
  /// The bit patterns of the numbers; nothing when there is no score.
  static func encode(_ score: ValidationScore?) -> [UInt64] {
    guard let score else { return [] }
    return [
      score.recall, score.recallWithoutFalseAccepts, score.loss, score.missRate,
      score.falseAcceptsPerHour,
    ].map(\.bitPattern)
  }

  /// Models of earlier versions have the first three numbers only.
  static func decode(
    _ name: String, _ file: SectionFile, _ path: String
  ) throws(TrainingError) -> ValidationScore? {
    guard case .numbers(let bits) = file.sections.first(where: { $0.name == name })?.content,
      [0, 3, 5].contains(bits.count)
    else {
      throw .corrupt(
        file: path, offset: 0, expected: "a section `\(name)` of 0, 3 or 5 numbers",
        found: "something else")
    }
    if bits.isEmpty { return nil }
    let values = bits.map(Double.init(bitPattern:))
    var score = ValidationScore(
      recall: values[0], recallWithoutFalseAccepts: values[1], loss: values[2])
    if values.count == 5 { (score.missRate, score.falseAcceptsPerHour) = (values[3], values[4]) }
    return score
  }
}
