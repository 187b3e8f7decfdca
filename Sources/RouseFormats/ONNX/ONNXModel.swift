import RouseIR
import RouseNumerics

/// The elements of an ONNX tensor, row-major.
public enum ONNXData: Hashable, Sendable {
  case float32([Float])
  case uint8([UInt8])
  case int8([Int8])
  case int32([Int32])
  case int64([Int64])

  public var element: ONNXModel.Element {
    switch self {
    case .float32: .float32
    case .uint8: .uint8
    case .int8: .int8
    case .int32: .int32
    case .int64: .int64
    }
  }

  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .uint8(let values): values.count
    case .int8(let values): values.count
    case .int32(let values): values.count
    case .int64(let values): values.count
    }
  }
}

/// An `.onnx` file as plain values: what `ONNXWriter` writes and `ONNXReader` finds.
public struct ONNXModel: Hashable, Sendable {
  /// `TensorProto.DataType`, as far as Rouse uses it.
  public enum Element: Int32, Hashable, Sendable, CaseIterable {
    case float32 = 1
    case uint8 = 2
    case int8 = 3
    case int32 = 6
    case int64 = 7

    public var bytes: Int {
      switch self {
      case .uint8, .int8: 1
      case .float32, .int32: 4
      case .int64: 8
      }
    }
  }

  /// A constant.
  public struct Tensor: Hashable, Sendable {
    public var name: String
    public var shape: Shape
    public var data: ONNXData

    /// - Precondition: `data` fills `shape`.
    public init(name: String, shape: Shape, data: ONNXData) {
      precondition(data.count == shape.count, "constant \(name) does not fill its shape")
      self.name = name
      self.shape = shape
      self.data = data
    }
  }

  /// A graph input or output.
  public struct Port: Hashable, Sendable {
    public var name: String
    public var element: Element
    public var shape: Shape

    public init(name: String, element: Element = .float32, shape: Shape) {
      self.name = name
      self.element = element
      self.shape = shape
    }
  }

  public struct Node: Hashable, Sendable {
    public var name: String
    public var opType: String
    /// Value names; empty for an optional input that is left out.
    public var inputs: [String]
    public var outputs: [String]
    /// Written in the order of their names.
    public var attributes: [String: ONNXAttribute]

    public init(
      name: String, opType: String, inputs: [String], outputs: [String],
      attributes: [String: ONNXAttribute] = [:]
    ) {
      self.name = name
      self.opType = opType
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
    }
  }

  /// 8: the IR version of ONNX 1.10 to 1.12, which is what opset 17 was released with.
  public var irVersion: Int64
  /// 17: the first with every operator Rouse emits in its present form, the last before QuantizeLinear grew more types.
  public var opset: Int64
  public var producer: String
  public var producerVersion: String
  /// Provenance, given by the caller; written in the order of the keys.
  public var metadata: [String: String]
  public var graphName: String
  public var inputs: [Port]
  public var outputs: [Port]
  public var initializers: [Tensor]
  public var nodes: [Node]

  public init(
    irVersion: Int64 = 8, opset: Int64 = 17, producer: String = "rouse",
    producerVersion: String = "", metadata: [String: String] = [:], graphName: String,
    inputs: [Port] = [], outputs: [Port] = [], initializers: [Tensor] = [], nodes: [Node] = []
  ) {
    self.irVersion = irVersion
    self.opset = opset
    self.producer = producer
    self.producerVersion = producerVersion
    self.metadata = metadata
    self.graphName = graphName
    self.inputs = inputs
    self.outputs = outputs
    self.initializers = initializers
    self.nodes = nodes
  }
}
