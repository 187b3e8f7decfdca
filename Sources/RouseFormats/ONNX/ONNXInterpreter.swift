import RouseIR
import RouseNumerics

/// Runs a decoded ONNX model by the operators' definitions in the ONNX specification (opset 17).
///
/// A second opinion on the float and QDQ models: plain loops over the decoded bytes that share nothing with the
/// operators' own kernels. Sums are double and rounded to float32 once.
///
/// Sources: ONNX operator documentation (`Operators.md`), one function for each operator in the files beside this one.
public struct ONNXInterpreter: Sendable {
  /// A tensor while the model runs.
  public struct Value: Hashable, Sendable {
    public var shape: Shape
    public var data: ONNXData

    /// - Precondition: `data` fills `shape`.
    public init(shape: Shape, data: ONNXData) {
      precondition(data.count == shape.count, "data does not fill its shape")
      self.shape = shape
      self.data = data
    }
  }

  /// Most elements of one result, extents of 0 taken as 1. A file with absurd pads or repeated concatenations stops
  /// here; the largest result of a wake-word model has some ten thousand.
  static let maximumElements = 1 << 24

  public let model: ONNXModel
  /// What every name holds before a run: the constants, and what nodes make of constants alone.
  private let constants: [Value?]
  private let steps: [Step]
  private let inputs: [Int]
  private let outputs: [Int]

  /// A node that runs, with the places of its operands and results; nil for one that is left out.
  private struct Step: Sendable {
    var index: Int
    var operands: [Int?]
    var results: [Int?]
    /// Constant weights, converted once.
    var weights: [Double]?
  }

  /// - Throws: `FormatError.tensorRule` when a name is made twice or read before it is made, and what `run` throws when
  ///   a node whose operands are constants breaks its operator's definition.
  public init(_ model: ONNXModel) throws(FormatError) {
    self.model = model
    var names = ONNXNames()
    var constants: [Value?] = []
    for tensor in model.initializers {
      _ = try names.make(tensor.name)
      constants.append(Value(shape: tensor.shape, data: tensor.data))
    }
    var inputs: [Int] = []
    for port in model.inputs {
      inputs.append(try names.make(port.name))
      constants.append(nil)
    }
    var steps: [Step] = []
    for (index, node) in model.nodes.enumerated() {
      var step = Step(index: index, operands: [], results: [], weights: nil)
      for name in node.inputs { step.operands.append(name.isEmpty ? nil : try names.find(name)) }
      for name in node.outputs {
        step.results.append(name.isEmpty ? nil : try names.make(name))
        if !name.isEmpty { constants.append(nil) }
      }
      let known = ONNXStep(
        index: index, node: node, inputs: step.operands.map { $0.flatMap { constants[$0] } })
      guard step.operands.allSatisfy({ $0.map { constants[$0] != nil } ?? true }) else {
        step.weights = known.constantWeights()
        steps.append(step)
        continue
      }
      let made = try known.run()
      for (place, result) in zip(step.results, made) { if let place { constants[place] = result } }
    }
    var outputs: [Int] = []
    for port in model.outputs { outputs.append(try names.find(port.name)) }
    self.constants = constants
    self.steps = steps
    self.inputs = inputs
    self.outputs = outputs
  }

  /// The model's outputs, in order, for its inputs, in order.
  ///
  /// - Throws: `FormatError.unknownOperator`, or `operatorRule` for operands that break an operator's definition.
  public func run(_ inputs: [Value]) throws(FormatError) -> [Value] {
    try run(inputs) { _, _ in nil }
  }

  /// The same; `replace` sees every result by its name, and the value that it gives stands in for it.
  public func run(
    _ inputs: [Value], replacing replace: (_ name: String, _ value: Value) -> Value?
  ) throws(FormatError) -> [Value] {
    precondition(inputs.count == model.inputs.count, "one value for each input of the model")
    var values = constants
    for (place, (port, value)) in zip(self.inputs, zip(model.inputs, inputs)) {
      guard value.shape == port.shape, value.data.element == port.element else {
        throw .tensorRule(
          .onnx, tensor: port.name, rule: "\(port.element) \(port.shape)",
          found: "\(value.data.element) \(value.shape)")
      }
      values[place] = value
    }
    for step in steps {
      let node = model.nodes[step.index]
      let results = try ONNXStep(
        index: step.index, node: node, inputs: step.operands.map { $0.flatMap { values[$0] } },
        weights: step.weights
      ).run()
      for (place, (name, result)) in zip(step.results, zip(node.outputs, results)) {
        if let place { values[place] = replace(name, result) ?? result }
      }
    }
    return outputs.compactMap { values[$0] }
  }

  /// One float in, one float out: the score of a window.
  public func score(window: [Float]) throws(FormatError) -> Float {
    guard let port = model.inputs.first, model.inputs.count == 1, port.shape.count == window.count
    else {
      throw .modelRule(
        .onnx, what: "inputs", rule: "one of \(window.count) elements",
        found: "\(model.inputs.map(\.shape))")
    }
    let results = try run([Value(shape: port.shape, data: .float32(window))])
    guard results.count == 1, case .float32(let scores) = results[0].data, scores.count == 1 else {
      throw .modelRule(
        .onnx, what: "outputs", rule: "one float", found: "\(model.outputs.map(\.shape))")
    }
    return scores[0]
  }
}

/// Places of names, in the order in which they are made.
private struct ONNXNames {
  private var places: [String: Int] = [:]

  mutating func make(_ name: String) throws(FormatError) -> Int {
    let place = places.count
    guard places.updateValue(place, forKey: name) == nil else {
      throw .tensorRule(.onnx, tensor: name, rule: "a name is given once", found: "twice")
    }
    return place
  }

  func find(_ name: String) throws(FormatError) -> Int {
    guard let place = places[name] else {
      throw .tensorRule(.onnx, tensor: name, rule: "made before it is read", found: "not made")
    }
    return place
  }
}
