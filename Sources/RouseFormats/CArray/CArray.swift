import RouseIR
import RouseNumerics

/// What a pair of C files says: a model and what a program must know to run it.
public struct CArray: Hashable, Sendable {
  /// Becomes the prefix of every name through `SafeName.identifier`.
  public var name: String
  /// The `.tflite` file.
  public var model: [UInt8]
  public var arenaBytes: Int
  /// Milliseconds between two feature rows.
  public var stepMilliseconds: Int
  /// `[1, rows, features]` with one scale.
  public var input: TensorType
  /// `[1, 1]` with one scale.
  public var output: TensorType
  /// The version of the program, digits, letters and `.+-`.
  public var toolVersion: String
  /// `name: value` a line, for the comments.
  public var provenance: [String]
  /// What to know of `arenaBytes`, a sentence a line.
  public var arenaNotes: [String]

  public init(
    name: String, model: [UInt8], arenaBytes: Int, stepMilliseconds: Int, input: TensorType,
    output: TensorType, toolVersion: String, provenance: [String] = [], arenaNotes: [String] = []
  ) {
    self.name = name
    self.model = model
    self.arenaBytes = arenaBytes
    self.stepMilliseconds = stepMilliseconds
    self.input = input
    self.output = output
    self.toolVersion = toolVersion
    self.provenance = provenance
    self.arenaNotes = arenaNotes
  }

  public var identifier: String { SafeName.identifier(name) }
}
