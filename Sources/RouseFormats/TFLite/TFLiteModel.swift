import RouseIR
import RouseNumerics

/// A `.tflite` file as plain values: what the writer writes and the reader finds, index for index.
public struct TFLiteModel: Hashable, Sendable {
  /// `TensorType` of the schema, as far as models for microcontrollers use it.
  public enum Element: Int8, Hashable, Sendable {
    case float32 = 0
    case float16 = 1
    case int32 = 2
    case uint8 = 3
    case int64 = 4
    case string = 5
    case bool = 6
    case int16 = 7
    case int8 = 9
    case resource = 13
  }

  public struct Quantization: Hashable, Sendable {
    public var scales: [Float]
    public var zeroPoints: [Int64]
    public var dimension: Int32

    public init(scales: [Float], zeroPoints: [Int64], dimension: Int32 = 0) {
      self.scales = scales
      self.zeroPoints = zeroPoints
      self.dimension = dimension
    }
  }

  public struct Tensor: Hashable, Sendable {
    public var name: String
    public var shape: [Int32]
    public var element: Element
    /// Index into `buffers`; 0 is the empty buffer of tensors without data.
    public var buffer: Int
    public var quantization: Quantization?
    public var isVariable: Bool

    public init(
      name: String, shape: [Int32], element: Element, buffer: Int = 0,
      quantization: Quantization? = nil, isVariable: Bool = false
    ) {
      self.name = name
      self.shape = shape
      self.element = element
      self.buffer = buffer
      self.quantization = quantization
      self.isVariable = isVariable
    }
  }

  public struct OperatorCode: Hashable, Sendable {
    /// `BuiltinOperator` of the schema; may be one that `TFLiteBuiltin` does not list.
    public var code: Int32
    public var version: Int32
    /// The name of an operator that is not in the schema (code 32); empty otherwise.
    public var customCode: String
    public var builtin: TFLiteBuiltin? { TFLiteBuiltin(rawValue: code) }

    public init(code: Int32, version: Int32, customCode: String = "") {
      self.code = code
      self.version = version
      self.customCode = customCode
    }
  }

  public struct Operator: Hashable, Sendable {
    /// Index into `operatorCodes`.
    public var opcode: Int
    /// Tensor indices; -1 for an optional operand that is left out.
    public var inputs: [Int32]
    public var outputs: [Int32]
    public var options: TFLiteOptions

    public init(opcode: Int, inputs: [Int32], outputs: [Int32], options: TFLiteOptions) {
      self.opcode = opcode
      self.inputs = inputs
      self.outputs = outputs
      self.options = options
    }
  }

  public struct Subgraph: Hashable, Sendable {
    public var name: String
    public var tensors: [Tensor]
    public var inputs: [Int32]
    public var outputs: [Int32]
    public var operators: [Operator]

    public init(
      name: String, tensors: [Tensor] = [], inputs: [Int32] = [], outputs: [Int32] = [],
      operators: [Operator] = []
    ) {
      self.name = name
      self.tensors = tensors
      self.inputs = inputs
      self.outputs = outputs
      self.operators = operators
    }
  }

  public struct Metadata: Hashable, Sendable {
    public var name: String
    public var buffer: Int

    public init(name: String, buffer: Int) {
      self.name = name
      self.buffer = buffer
    }
  }

  /// Schema version; TFLite Micro and ESPHome accept 3 only.
  public var version: UInt32
  public var description: String
  public var operatorCodes: [OperatorCode]
  public var subgraphs: [Subgraph]
  /// Little-endian bytes; buffer 0 is empty.
  public var buffers: [[UInt8]]
  public var metadata: [Metadata]

  public init(
    version: UInt32 = 3, description: String = "", operatorCodes: [OperatorCode] = [],
    subgraphs: [Subgraph] = [], buffers: [[UInt8]] = [[]], metadata: [Metadata] = []
  ) {
    self.version = version
    self.description = description
    self.operatorCodes = operatorCodes
    self.subgraphs = subgraphs
    self.buffers = buffers
    self.metadata = metadata
  }
}

extension TFLiteModel {
  /// Sorts the operator codes by how many operators use them, the most used first: index 0 takes no bytes.
  mutating func sortOperatorCodes() {
    var uses = [Int](repeating: 0, count: operatorCodes.count)
    for node in subgraphs.flatMap(\.operators) { uses[node.opcode] += 1 }
    let order = operatorCodes.indices.sorted { (uses[$1], $0) < (uses[$0], $1) }
    var places = [Int](repeating: 0, count: operatorCodes.count)
    for (place, code) in order.enumerated() { places[code] = place }
    operatorCodes = order.map { operatorCodes[$0] }
    for graph in subgraphs.indices {
      for node in subgraphs[graph].operators.indices {
        subgraphs[graph].operators[node].opcode = places[subgraphs[graph].operators[node].opcode]
      }
    }
  }

  /// The same model with a place in the arena for each tensor, in the order of subgraphs and tensors; nil leaves a tensor
  /// to TFLite Micro's own planner, and so do TensorFlow Lite and firmware that plans for itself.
  ///
  /// - Source: tensorflow/tflite-micro `micro_allocation_info.cc`: the metadata `OfflineMemoryAllocation` holds int32
  ///   version, number of subgraphs, number of tensors of all of them, offsets with -1 for nil.
  /// - Precondition: one offset for each tensor of all subgraphs, a multiple of 16 or nil.
  public func planned(_ offsets: [Int?]) -> TFLiteModel {
    precondition(offsets.count == subgraphs.reduce(0) { $0 + $1.tensors.count })
    precondition(offsets.allSatisfy { ($0 ?? 0) >= 0 && ($0 ?? 0) % 16 == 0 })
    var result = self
    let words = [1, subgraphs.count, offsets.count] + offsets.map { $0 ?? -1 }
    result.buffers.append(TFLiteConstant.bytes(.int32(words.map(Int32.init))))
    result.metadata.append(
      Metadata(name: "OfflineMemoryAllocation", buffer: result.buffers.count - 1))
    return result
  }
}
