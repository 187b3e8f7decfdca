import RouseAudio
import RouseFrontEnd
import RouseNumerics

/// What both models of a comparison hear.
public struct DiffFeatures: Sendable {
  /// For people: `12 s of generated sound`, `rows.npy`.
  public let source: String
  /// Device features, row after row.
  let rows: [Int8]
  let channels: Int

  private init(source: String, rows: [Int8], channels: Int) {
    self.source = source
    self.rows = rows
    self.channels = channels
  }

  /// Sound that the program makes by itself.
  public static func generated(stepMilliseconds: Int) -> DiffFeatures {
    DiffFeatures(
      source: "\(GeneratedSound.seconds) s of generated sound",
      rows: GeneratedSound.rows(stepMilliseconds: stepMilliseconds),
      channels: MicroFrontEnd.channels)
  }

  /// Random codes, for models that no front-end feeds.
  static func random(channels: Int, rows: Int) -> DiffFeatures {
    var generator = SeededGenerator(seed: 0x726F_7773)
    return DiffFeatures(
      source: "\(rows) rows of random codes",
      rows: (0..<rows * channels).map { _ in Int8(generator.below(256) - 128) }, channels: channels)
  }

  /// Rows of an array: int8 with the channels last, or uint16 as the front-end makes them, `[n, 40]`.
  ///
  /// - Throws: `CompilerError.wrongInput` for other arrays.
  public init(_ array: NPYArray, name: String) throws(CompilerError) {
    let extents = array.shape.dimensions
    guard extents.count >= 2, let last = extents.last, last > 0 else {
      throw .wrongInput(
        index: 0, name: name, expected: "feature rows, [n, channels]", found: "\(array.shape)")
    }
    switch array.elements {
    case .int8(let values): self.init(source: name, rows: values, channels: last)
    case .uint16(let values) where last == MicroFrontEnd.channels:
      self.init(
        source: name, rows: values.map(FeatureQuantization.deviceInt8), channels: last)
    default:
      throw .wrongInput(
        index: 0, name: name,
        expected: "int8 rows, or uint16 [n, \(MicroFrontEnd.channels)] of the front-end",
        found: "\(array.elements.typeName) \(array.shape)")
    }
  }

  /// Recordings one after the other, as one device hears them.
  ///
  /// - Throws: what is wrong with a recording.
  public init(audio paths: [String], stepMilliseconds: Int) throws(AudioError) {
    var frontEnd = MicroFrontEnd(stepMilliseconds: stepMilliseconds)
    var rows: [UInt16] = []
    for path in paths {
      let reader = try AudioFile.blocks(path)
      while let block = try reader.next() {
        frontEnd.process(block.map(AudioClip.int16), into: &rows)
      }
    }
    self.init(
      source: paths.count == 1 ? paths[0].lastPathComponent : "\(paths.count) recordings",
      rows: rows.map(FeatureQuantization.deviceInt8), channels: MicroFrontEnd.channels)
  }
}
