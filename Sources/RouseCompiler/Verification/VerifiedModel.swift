import RouseFormats

/// The model that a verification is about, in the figures a reviewer asks for; part of `NAME.verify.json`, whose keys
/// `README.md` in this folder explains.
public struct VerifiedModel: Codable, Hashable, Sendable {
  public struct Target: Codable, Hashable, Sendable {
    /// Name of the profile: `esp32-s3-n16r8`.
    public var name: String
    public var firmware: String
    public var kernelLibrary: String
    public var fits: Bool
  }

  public struct Counts: Codable, Hashable, Sendable {
    public var subgraphs: Int
    public var operators: Int
    public var tensors: Int
    public var weights: Int
    /// Multiply-accumulate operations of one step.
    public var macs: Int
    /// How often each operator occurs, by schema name.
    public var operatorsByName: [String: Int]
  }

  /// Bytes of the `.tflite` file for one purpose.
  public struct Part: Codable, Hashable, Sendable {
    public var kind: String
    public var bytes: Int
  }

  public struct Arena: Codable, Hashable, Sendable {
    public var kernelLibrary: String
    /// The smallest arena that never fails, at any address that is a multiple of 4.
    public var minimumBytes: Int
    /// What the manifest asks for.
    public var recommendedBytes: Int
    public var usedBytes: Int
    public var headBytes: Int
    public var tailBytes: Int
    /// The most bytes of buffers alive at one time: no planner needs a smaller head.
    public var headLowerBoundBytes: Int
    /// `headBytes − headLowerBoundBytes`; 0 for an optimal plan.
    public var plannerGapBytes: Int
    public var variableBytes: Int
    public var variableCount: Int
    public var peakOperator: String?
    public var persistentBytes: [Part]
  }

  public struct Detection: Codable, Hashable, Sendable {
    /// In steps of 1/255.
    public var cutoff: Int
    public var window: Int
    /// Probabilities the model can output, and those of them above the cutoff; absent for a model that does not end in
    /// LOGISTIC and QUANTIZE.
    public var codes: Int?
    public var codesAboveCutoff: Int?
  }

  public var target: Target
  public var counts: Counts
  /// Every byte of the file once.
  public var sizes: [Part]
  public var arena: Arena
  public var detection: Detection
  /// What the bundle was made of: `Provenance`.
  public var provenance: [String: String]

  /// - Parameter bytes: the `.tflite` file as it was read back from disk.
  init(_ planned: PlannedModel, bytes: [UInt8], provenance: Provenance) throws(FormatError) {
    let inspection = try ModelInspection.read(bytes, as: .tflite)
    let resolution = OutputResolution(of: planned.quantized.streaming)
    let cutoff = planned.detection.cutoff
    target = Target(
      name: planned.budget.target, firmware: planned.budget.firmware,
      kernelLibrary: planned.arena.library.rawValue, fits: planned.budget.fits)
    counts = Counts(
      subgraphs: inspection.graphs.count,
      operators: inspection.graphs.reduce(0) { $0 + $1.operators.count },
      tensors: inspection.graphs.reduce(0) { $0 + $1.tensors.count },
      weights: inspection.totals.weights, macs: inspection.totals.macs,
      operatorsByName: inspection.totals.operators)
    sizes = inspection.sizes.map { Part(kind: $0.kind, bytes: $0.bytes) }
    arena = Arena(planned.arena)
    detection = Detection(
      cutoff: cutoff, window: planned.detection.window, codes: resolution?.codes.count,
      codesAboveCutoff: resolution?.codes(above: cutoff))
    self.provenance = Dictionary(
      provenance.entries.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

extension VerifiedModel.Arena {
  public init(_ report: ArenaReport) {
    let bound = report.plan.mostBytesAlive
    self.init(
      kernelLibrary: report.library.rawValue, minimumBytes: report.minimumBytes,
      recommendedBytes: report.recommendedBytes, usedBytes: report.usedBytes,
      headBytes: report.headBytes, tailBytes: report.tailBytes, headLowerBoundBytes: bound,
      plannerGapBytes: report.headBytes - bound, variableBytes: report.variableBytes,
      variableCount: report.variableCount,
      peakOperator: report.peak.map { "\($0.index) \($0.name)" },
      persistentBytes: report.persistentShares.map { .init(kind: $0.kind, bytes: $0.bytes) })
  }
}
