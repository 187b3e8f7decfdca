/// What is in a model file, of any format and whether or not Rouse can run it: plain values to print, encode or draw.
///
/// The JSON form has the property names as keys, see `InspectionJSON`.
public struct ModelInspection: Hashable, Sendable {
  /// The state of a streaming model.
  public struct Variables: Hashable, Sendable, Encodable {
    public var count = 0
    public var bytes = 0
  }

  public struct Totals: Hashable, Sendable, Encodable {
    /// Multiply-accumulate operations of one invocation of the first graph.
    public var macs = 0
    /// Operators that multiply, but with a tensor of unknown shape: not in `macs`.
    public var operatorsWithUnknownMACs = 0
    /// Elements of constants that are multiplied or added to data, without biases.
    public var weights = 0
    public var biases = 0
    public var variables = Variables()
    /// How often each operator occurs, over all graphs.
    public var operators: [String: Int] = [:]
  }

  public struct Metadata: Hashable, Sendable, Encodable {
    public var name: String
    /// Text, for formats whose metadata is text.
    public var value: String?
    public var bytes: Int
  }

  public struct Size: Hashable, Sendable, Encodable {
    public var kind: String
    public var label: String
    public var bytes: Int
  }

  public var format: FileKind
  public var fileBytes: Int
  /// Version of the TFLite schema.
  public var schemaVersion: Int?
  /// Version of ONNX's file format.
  public var irVersion: Int?
  /// Versions of ONNX's operator sets by domain; the default domain is `ai.onnx`.
  public var opsets: [String: Int]?
  /// Free text: TFLite's description, ONNX's documentation of the model.
  public var description = ""
  /// The program that made an ONNX file, with its version.
  public var producer: String?
  public var metadata: [Metadata] = []
  /// Names of entry points that the file gives to its users.
  public var signatures: [String] = []
  public var graphs: [InspectedGraph] = []
  /// Every byte of the file once: the sum of `bytes` is `fileBytes`.
  public var sizes: [Size] = []
  public var totals = Totals()
}

/// One graph of a model.
public struct InspectedGraph: Hashable, Sendable, Encodable {
  public var name: String
  public var tensors: [InspectedTensor] = []
  /// Indices into `tensors`.
  public var inputs: [Int] = []
  public var outputs: [Int] = []
  public var operators: [InspectedOperator] = []
}

public struct InspectedTensor: Hashable, Sendable, Encodable {
  public enum Role: String, Hashable, Sendable, Encodable {
    case activation
    case weight, bias, constant
    /// A handle of a variable, or a tensor that keeps its value between invocations.
    case variable
  }

  /// More extents than any tensor has.
  static let maximumRank = 64

  public var name: String
  /// -1 for an extent that is known only at run time; nil when nothing is known.
  public var shape: [Int]?
  /// `int8`, `float32`, …, as NumPy calls them; `?` when nothing is known.
  public var element: String
  public var role = Role.activation
  /// Bytes of a constant in the file.
  public var bytes: Int?
  public var scales: [Float]?
  public var zeroPoints: [Int]?
  /// The axis of `scales` when there are several.
  public var quantizedAxis: Int?
  /// The elements of a small constant of integers: a shape, an axis, bounds of a slice.
  public var values: [Int]?
  /// What all handles of one variable have in common.
  public var variable: String?

  /// Number of elements; extents that are not known count as `unknown`, nil without a shape or beyond an `Int`.
  func count(unknown: Int = 1) -> Int? {
    guard let shape else { return nil }
    var product = 1
    for extent in shape {
      let overflow: Bool
      (product, overflow) = product.multipliedReportingOverflow(by: extent < 0 ? unknown : extent)
      if overflow { return nil }
    }
    return product
  }

  var isConstant: Bool { role == .weight || role == .bias || role == .constant }
}

public struct InspectedOperator: Hashable, Sendable {
  public enum Value: Hashable, Sendable {
    case integer(Int)
    case integers([Int])
    case real(Float)
    case reals([Float])
    case text(String)
    case flag(Bool)
  }

  public struct Option: Hashable, Sendable {
    /// As the schema or the operator's documentation calls it: `fused_activation_function`.
    public var name: String
    public var value: Value
    /// The value that the format takes when nothing is written.
    public var isDefault = false
  }

  /// `CONV_2D`, `Conv`, the name of a custom operator, or `builtin 250` for a code that has no name.
  public var name: String
  public var version: Int?
  /// Indices into the graph's tensors; -1 for an operand that is left out.
  public var inputs: [Int]
  public var outputs: [Int]
  public var options: [Option] = []
  /// Multiply-accumulate operations; 0 for operators that do not multiply, nil when a shape is unknown.
  public var macs: Int? = 0

  public subscript(option name: String) -> Value? { options.first { $0.name == name }?.value }
}

extension ModelInspection {
  /// Reads a file of any of the formats.
  ///
  /// - Throws: `FormatError` for damaged bytes, with their offset.
  public static func read(_ bytes: [UInt8], as format: Format) throws(FormatError) -> Self {
    switch format {
    case .tflite: try TFLiteInspector.inspect(bytes)
    case .onnx: try ONNXInspector.inspect(bytes)
    }
  }

  /// The formats that can be inspected.
  public enum Format: Hashable, Sendable, CaseIterable {
    case tflite, onnx

    /// By the ending of the file's name, nil when it says nothing.
    public init?(fileName: String) {
      let name = fileName.lowercased()
      if name.hasSuffix(".tflite") {
        self = .tflite
      } else if name.hasSuffix(".onnx") {
        self = .onnx
      } else {
        return nil
      }
    }

    /// By the identifier `TFL3` in bytes 4 to 7; ONNX, which is a plain protobuf message, has no mark of its own.
    public init(content bytes: [UInt8]) {
      self = bytes.dropFirst(4).prefix(4).elementsEqual("TFL3".utf8) ? .tflite : .onnx
    }
  }
}
