import Foundation

/// What `rouse diff` found out; the screen and `--json` show this value and nothing else.
///
/// `a` is the first model and `b` the second one throughout. The keys of the JSON form are the names of the properties;
/// `README.md` in this folder explains them.
public struct DiffReport: Hashable, Sendable, Encodable {
  public enum Verdict: String, Hashable, Sendable, Encodable {
    /// Model and manifest are equal byte for byte and field for field.
    case identical
    /// Every output was equal, and the detection settings are.
    case sameBehaviour
    case differentBehaviour
    /// The outputs could not be compared, and the files differ.
    case unknown
  }

  /// The same figure of both models.
  public struct Pair<Value: Hashable & Sendable & Encodable>: Hashable, Sendable, Encodable {
    public var a: Value
    public var b: Value

    public init(_ a: Value, _ b: Value) {
      self.a = a
      self.b = b
    }

    public var isEqual: Bool { a == b }
  }

  public struct File: Hashable, Sendable, Encodable {
    public var name: String
    public var bytes: Int
    public var sha256: String
  }

  /// How often an operator occurs.
  public struct Figure: Hashable, Sendable, Encodable {
    public var name: String
    public var a: Int
    public var b: Int
  }

  /// Bytes of the file for one purpose.
  public struct Size: Hashable, Sendable, Encodable {
    /// As in `rouse inspect --json`.
    public var kind: String
    public var label: String
    public var a: Int
    public var b: Int
  }

  /// An operator that only one of the models has at this place.
  public struct OperatorEdit: Hashable, Sendable, Encodable {
    public enum Kind: String, Hashable, Sendable, Encodable { case removed, added }

    public var kind: Kind
    public var subgraph: Int
    /// Index in the subgraph of its own model.
    public var index: Int
    /// Name, shapes and options on one line.
    public var text: String
  }

  /// Scale and zero point of an activation that both models have.
  public struct Quantization: Hashable, Sendable, Encodable {
    public var tensor: String
    public var operation: String
    public var scale: Pair<Float>
    public var zeroPoint: Pair<Int>
  }

  /// A constant that both models have and that is not the same.
  public struct Constant: Hashable, Sendable, Encodable {
    public var tensor: String
    public var operation: String
    /// `weight`, `bias` or `constant`
    public var role: String
    public var elements: Int
    /// Elements with another value, and by how much at most, in steps of the code.
    public var differing: Int
    public var largestDifference: Double
    /// Scales that are not the same; 0 when only codes changed.
    public var differingScales: Int
  }

  /// What both take from the tensor arena with one kernel library.
  public struct Arena: Hashable, Sendable, Encodable {
    public var library: String
    /// True for the library of the target's newest firmware.
    public var isCurrent: Bool
    public var minimumBytes: Pair<Int>
    public var headBytes: Pair<Int>
    public var tailBytes: Pair<Int>
  }

  public struct Field: Hashable, Sendable, Encodable {
    public var key: String
    /// `absent` when the manifest or the field is not there.
    public var a: String
    public var b: String
  }

  /// Both models on the same features.
  public struct Outputs: Hashable, Sendable, Encodable {
    /// `12 s of generated sound`, `rows.npy`
    public var features: String
    /// Points in time at which both models had consumed the same rows.
    public var steps: Int
    public var differing: Int
    /// In steps of the code, or as a real number when the models write different codes.
    public var largestDifference: Double
    public var unit: String
    /// The first step that differs, counted from 0, and the feature rows before its end; nil when all are equal.
    public var firstDiffering: Int?
    public var rowsBeforeFirst: Int?
  }

  public var verdict: Verdict
  public var target: String
  public var files: Pair<File>
  public var operatorCount: Pair<Int>
  public var tensorCount: Pair<Int>
  /// Kinds of operators that are not equally many.
  public var operatorKinds: [Figure]
  /// In the order of the models; what was removed stands before what was added at the same place.
  public var operatorEdits: [OperatorEdit]
  /// Every kind of bytes that either file has.
  public var sizes: [Size]
  public var quantization: [Quantization]
  public var constants: [Constant]
  /// One for each kernel library of the target; empty when an arena cannot be computed.
  public var arenas: [Arena]
  /// Why `arenas` is empty.
  public var arenaProblem: String?
  /// Manifest fields that are not the same; empty when neither model has a manifest.
  public var manifest: [Field]
  public var outputs: Outputs?
  /// Why `outputs` is nil.
  public var outputsProblem: String?

  /// Keys in alphabetical order, two spaces of indentation, a newline at the end.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("a report holds only text and numbers")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
