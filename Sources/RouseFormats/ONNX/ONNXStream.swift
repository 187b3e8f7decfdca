import RouseNumerics

/// A streaming ONNX model and the state between its runs.
///
/// State is what `ONNXLowering` says: an output `s.next` is the input `s` of the next run; the metadata names the number
/// that the first run takes.
public struct ONNXStream: Sendable {
  public let interpreter: ONNXInterpreter
  /// For each port of the model: the output that feeds an input, and what the inputs hold.
  private let sources: [Int?]
  private var states: [ONNXInterpreter.Value?]

  /// - Throws: `FormatError.modelRule` for a model with another number of inputs than one that are no state, or for state
  ///   without metadata; what `ONNXInterpreter` throws.
  public init(_ model: ONNXModel) throws(FormatError) {
    interpreter = try ONNXInterpreter(model)
    var sources: [Int?] = []
    var states: [ONNXInterpreter.Value?] = []
    for port in model.inputs {
      guard let next = model.metadata["rouse.state.\(port.name)"] else {
        sources.append(nil)
        states.append(nil)
        continue
      }
      let initial = model.metadata["rouse.state_initial.\(port.name)"] ?? ""
      let source = model.outputs.firstIndex { $0.name == next }
      guard let source, let value = Self.value(initial, port),
        model.outputs[source].shape == port.shape
      else {
        throw .modelRule(
          .onnx, what: "state \(port.name)", rule: "an output of this shape and an initial value",
          found: "\(next), \(initial)")
      }
      sources.append(source)
      states.append(value)
    }
    guard sources.count(where: { $0 == nil }) == 1 else {
      throw .modelRule(
        .onnx, what: "inputs", rule: "one that is no state", found: "\(model.inputs.map(\.name))")
    }
    self.sources = sources
    self.states = states
  }

  /// `port` filled with one number.
  private static func value(_ text: String, _ port: ONNXModel.Port) -> ONNXInterpreter.Value? {
    let count = port.shape.count
    func filled<Number: LosslessStringConvertible>(_: Number.Type) -> [Number]? {
      Number(text).map { [Number](repeating: $0, count: count) }
    }
    let data: ONNXData? =
      switch port.element {
      case .float32: filled(Float.self).map(ONNXData.float32)
      case .uint8: filled(UInt8.self).map(ONNXData.uint8)
      case .int8: filled(Int8.self).map(ONNXData.int8)
      case .int32: filled(Int32.self).map(ONNXData.int32)
      case .int64: filled(Int64.self).map(ONNXData.int64)
      }
    return data.map { ONNXInterpreter.Value(shape: port.shape, data: $0) }
  }

  /// The outputs for the next rows, those of the state last; `replace` as in `ONNXInterpreter.run`.
  public mutating func run(
    _ rows: ONNXData,
    replacing replace: (_ name: String, _ value: ONNXInterpreter.Value) -> ONNXInterpreter.Value? =
      { _, _ in nil }
  ) throws(FormatError) -> [ONNXInterpreter.Value] {
    let inputs = zip(interpreter.model.inputs, states).map { port, state in
      state ?? ONNXInterpreter.Value(shape: port.shape, data: rows)
    }
    let outputs = try interpreter.run(inputs, replacing: replace)
    for (index, source) in sources.enumerated() {
      if let source { states[index] = outputs[source] }
    }
    return outputs
  }
}
