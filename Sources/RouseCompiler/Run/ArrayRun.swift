import RouseIR
import RouseNumerics
import RouseRuntime

/// Runs a model on arrays: the first axis counts invocations, and state is carried from one to the next.
public struct ArrayRun: Sendable {
  public let outputs: [NPYArray]
  public let invocations: Int
  /// Feature rows at the end that did not fill an invocation.
  public let droppedRows: Int

  /// - Parameters:
  ///   - inputs: One array for each model input, in the order of the model. For an input of shape `[1, …]` an array is
  ///     `[n, 1, …]` or `[n, …]`; for an input of shape `[1, S, 40]` also `[n·S + rest, 40]`, the feature rows of a
  ///     recording.
  ///   - progress: Invocations done, and of how many.
  /// - Throws: `CompilerError.wrongInputCount` and `.wrongInput`.
  public init(
    _ model: RunnableModel, inputs: [NPYArray], progress: (Int, Int) -> Void = { _, _ in }
  ) throws(CompilerError) {
    let types = model.inputTypes
    guard inputs.count == types.count else {
      throw .wrongInputCount(expected: types.count, found: inputs.count)
    }
    var sources: [ArraySource] = []
    for (index, type) in types.enumerated() {
      let name = model.graph[model.graph.inputs[index]].name
      sources.append(try ArraySource(inputs[index], for: type, name: name, index: index))
    }
    for (index, source) in sources.enumerated() where source.count != sources[0].count {
      throw .wrongInput(
        index: index, name: model.graph[model.graph.inputs[index]].name,
        expected: "\(sources[0].count) invocations, as input 0 has", found: "\(source.count)")
    }
    let count = sources.first?.count ?? 1
    var interpreter = model.interpreter
    var results = model.graph.outputs.map { id in
      var bytes: [Int8] = []
      bytes.reserveCapacity(count * model.graph[id].type.bytes)
      return bytes
    }
    for invocation in 0..<count {
      for (index, source) in sources.enumerated() {
        interpreter.setInput(index, source.bytes(of: invocation))
      }
      interpreter.invoke()
      for index in results.indices { interpreter.appendOutput(index, to: &results[index]) }
      if invocation & 0xFFF == 0xFFF { progress(invocation + 1, count) }
    }
    outputs = zip(results, model.outputTypes).map { bytes, type in
      NPYArray(shape: Shape([count] + type.shape.dimensions), .init(bytes, as: type.element))
    }
    invocations = count
    droppedRows = sources.map(\.droppedRows).max() ?? 0
  }
}

/// One input array, cut into invocations.
private struct ArraySource {
  private let values: [Int8]
  private let step: Int
  let count: Int
  let droppedRows: Int

  init(
    _ array: NPYArray, for type: TensorType, name: String, index: Int
  ) throws(CompilerError) {
    let values: [Int8]
    switch (array.elements, type.element) {
    case (.int8(let elements), .int8): values = elements
    case (.uint8(let elements), .uint8): values = elements.map { Int8(bitPattern: $0) }
    default:
      throw .wrongInput(
        index: index, name: name, expected: "\(type.element.rawValue) elements",
        found: array.elements.typeName)
    }
    let (found, wanted) = (array.shape.dimensions, type.shape.dimensions)
    step = type.shape.count
    self.values = values
    let rest = Array(found.dropFirst())
    if !found.isEmpty, rest == wanted || (wanted.first == 1 && rest == Array(wanted.dropFirst())) {
      count = found[0]
      droppedRows = 0
    } else if wanted.count == 3, wanted[0] == 1, found.count == 2, found[1] == wanted[2] {
      count = found[0] / wanted[1]
      droppedRows = found[0] % wanted[1]
    } else {
      throw .wrongInput(
        index: index, name: name,
        expected: "shape [n, " + wanted.map(String.init).joined(separator: ", ") + "]",
        found: "\(array.shape)")
    }
  }

  func bytes(of invocation: Int) -> ArraySlice<Int8> {
    values[invocation * step..<(invocation + 1) * step]
  }
}

extension NPYArray.Elements {
  /// NumPy's name of the element type.
  public var typeName: String {
    switch self {
    case .float32: "float32"
    case .uint8: "uint8"
    case .int8: "int8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    }
  }

  /// Bit patterns of an 8-bit tensor.
  fileprivate init(_ bytes: [Int8], as element: ElementType) {
    self = element == .uint8 ? .uint8(bytes.map { UInt8(bitPattern: $0) }) : .int8(bytes)
  }
}
