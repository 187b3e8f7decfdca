import RouseIR
import RouseNumerics

/// The tensors of a subgraph as IR types and constants, checked when they are asked for.
///
/// Many tensors may share one buffer of the file, and each constant is a copy. All copies together may take
/// `16·b + 2^20` bytes, where b is the size of all buffers.
struct DecodedTensors {
  /// Elements of one tensor; a wake-word model needs some thousands.
  static let maximumElements = 1 << 28

  private let tensors: [TFLiteModel.Tensor]
  private let buffers: [[UInt8]]
  private var types: [TensorType?]
  private var constants: [TensorData?]
  private var budget: Int

  init(_ tensors: [TFLiteModel.Tensor], buffers: [[UInt8]]) {
    self.tensors = tensors
    self.buffers = buffers
    types = [TensorType?](repeating: nil, count: tensors.count)
    constants = [TensorData?](repeating: nil, count: tensors.count)
    budget = 16 * buffers.reduce(0) { $0 + $1.count } + 1 << 20
  }

  var count: Int { tensors.count }

  /// The name in the file, or one made of the index.
  func name(_ index: Int) -> String { Self.name(tensors[index].name, index) }

  static func name(_ name: String, _ index: Int) -> String {
    name.isEmpty ? "tensor_\(index)" : name
  }

  func isConstant(_ index: Int) -> Bool { !buffers[tensors[index].buffer].isEmpty }

  /// True for a list of no integers: the shape of a scalar, axes of a mean over nothing. It has no bytes in the file.
  func isEmptyList(_ index: Int) -> Bool {
    tensors[index].element == .int32 && tensors[index].shape == [0] && !isConstant(index)
  }

  func isHandle(_ index: Int) -> Bool { tensors[index].element == .resource }

  /// The dimensions as they stand in the file; `type` checks them.
  func shape(_ index: Int) -> Shape { Shape(tensors[index].shape.map(Int.init)) }

  // MARK: - Types

  mutating func type(_ index: Int) throws(FormatError) -> TensorType {
    if let type = types[index] { return type }
    let tensor = tensors[index]
    guard let element = ElementType(tensor.element) else {
      let allowed = "float32, int8, uint8 or int32"
      // Most kernels of TFLite Micro have an int16 form.
      if tensor.element == .int16 { throw unmodelled(index, allowed, "int16") }
      throw rule(index, allowed, "\(tensor.element)")
    }
    var elements = 1
    for dimension in tensor.shape.map(Int.init) {
      guard dimension >= 1, dimension <= Self.maximumElements / elements else {
        throw rule(
          index, "dimensions from 1, at most \(Self.maximumElements) elements", "\(shape(index))")
      }
      elements *= dimension
    }
    let type = TensorType(shape(index), element, try quantization(index, element))
    types[index] = type
    return type
  }

  private func quantization(
    _ index: Int, _ element: ElementType
  ) throws(FormatError) -> Quantization? {
    guard let quantization = tensors[index].quantization, element != .float32 else { return nil }
    let (scales, zeroPoints) = (quantization.scales, quantization.zeroPoints)
    guard !scales.isEmpty, scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw rule(index, "positive scales", "\(scales)")
    }
    guard zeroPoints.count == scales.count || zeroPoints.count == 1 else {
      throw rule(index, "\(scales.count) zero points", "\(zeroPoints.count)")
    }
    if scales.count == 1 {
      guard let zeroPoint = Int32(exactly: zeroPoints[0]), element.values.contains(zeroPoint) else {
        throw rule(index, "a zero point in \(element.values)", "\(zeroPoints[0])")
      }
      return Quantization(scale: scales[0], zeroPoint: zeroPoint)
    }
    let axis = Int(quantization.dimension)
    let dimensions = tensors[index].shape
    guard dimensions.indices.contains(axis), Int(dimensions[axis]) == scales.count else {
      throw rule(
        index, "one scale for each index of one axis", "\(scales.count) scales for axis \(axis)")
    }
    guard let other = zeroPoints.first(where: { $0 != 0 }) else {
      return Quantization(perChannel: scales, axis: axis)
    }
    throw unmodelled(index, "zero point 0 where there are several scales", "\(other)")
  }

  /// One scale along an axis of one index looks like one scale for the tensor; the operator knows which it is.
  mutating func restoreChannels(of op: Op, _ inputs: [Int]) throws(FormatError) {
    guard let deployable = op.deployable else { return }
    let rules = deployable.quantizationRule(inputCount: inputs.count).inputs
    for (index, rule) in zip(inputs, rules) where isConstant(index) {
      let type = try self.type(index)
      guard let quantization = type.quantization, quantization.axis == nil,
        quantization.zeroPoint == 0
      else { continue }
      let axis: Int
      switch rule {
      case .weightsPerChannel(let channels): axis = channels
      case .bias(_, let weights):
        guard try self.type(inputs[weights]).quantization?.axis != nil else { continue }
        axis = 0
      case .activation, .weightsPerTensor: continue
      }
      guard type.shape.dimensions.indices.contains(axis), type.shape[axis] == 1 else { continue }
      types[index]?.quantization = Quantization(perChannel: quantization.scales, axis: axis)
    }
  }

  // MARK: - Constants

  /// The elements of a tensor with data, nil for others.
  mutating func constant(_ index: Int) throws(FormatError) -> TensorData? {
    guard isConstant(index) else { return nil }
    if let data = constants[index] { return data }
    let type = try self.type(index)
    let bytes = buffers[tensors[index].buffer]
    guard bytes.count == type.bytes else {
      throw rule(index, "\(type.bytes) bytes of data", "\(bytes.count)")
    }
    budget -= bytes.count
    guard budget >= 0 else {
      throw unmodelled(index, "data of its own", "a buffer that too many tensors share")
    }
    let data = TFLiteConstant.data(bytes, type.element)
    if case .float32(let values) = data, let other = values.first(where: { !$0.isFinite }) {
      throw rule(index, "finite numbers", other.isNaN ? "NaN" : "\(other)")
    }
    constants[index] = data
    return data
  }

  private func unmodelled(_ index: Int, _ rule: String, _ found: String) -> FormatError {
    .unmodelledTensor(.tflite, tensor: name(index), rule: rule, found: found)
  }

  private func rule(_ index: Int, _ rule: String, _ found: String) -> FormatError {
    .tensorRule(.tflite, tensor: name(index), rule: rule, found: found)
  }
}

extension ElementType {
  /// The values that an element, and so a zero point, can have.
  fileprivate var values: ClosedRange<Int32> {
    switch self {
    case .int8: -128...127
    case .uint8: 0...255
    case .int32, .float32: .min ... .max
    }
  }
}

extension TFLiteModel.OperatorCode {
  /// The name in the schema, the custom name, or the number.
  var name: String {
    builtin?.schemaName ?? (customCode.isEmpty ? "operator code \(code)" : customCode)
  }
}
