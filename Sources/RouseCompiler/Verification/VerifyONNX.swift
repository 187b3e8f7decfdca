import RouseFormats
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime

/// Every ONNX file is decoded and run on held-out features.
///
/// Float files are compared by their probabilities, the exact file by every bit of its results and its state. A QDQ file
/// is compared layer by layer: each QuantizeLinear must give the device's codes to within one when everything before it
/// held the device's codes. The whole of it has no useful bound: where a layer's code is one off, the next layer adds a
/// thousand such differences with weights of both signs.
extension Verify {
  /// Largest difference of a probability that float32 sums in another order may make.
  static let floatTolerance = 1e-5

  /// Codes by which one layer of a QDQ model may differ from the device.
  ///
  /// Both round the same real number `r`. QDQ rounds a float sum once, half to even: it is within 1/2 of `r`, and what
  /// float32 loses is below 1/100 (24 bits for a code of 8). The device rounds twice, first to `2^-n` of a code, `n ≥ 1`,
  /// then to a code: within 1/4 + 1/2. Two whole numbers that are less than 2 apart differ by 1 at most. For `n = 0` the
  /// device rounds once.
  static let layerTolerance = 1.0

  /// Whole windows that are scored by the float model. One window takes every weight through each of its positions.
  static let floatWindows = 8
  /// Whole windows that go through the QDQ model: each compares some ten thousand codes.
  static let quantizedWindows = 2

  mutating func verifyONNX() throws {
    try verifyFloatWindows()
    try verifyFloatStream()
    try verifyQuantizedWindows()
    try verifyQuantizedStream()
    if Emit.hasExactONNX(planned.quantized) { try verifyExactStream() }
  }

  // MARK: - Float

  private mutating func verifyFloatWindows() throws {
    let (file, bytes, model) = try decoded("")
    let (onnx, float) = (try ONNXInterpreter(model), try FloatInterpreter(deployable.window))
    var largest = 0.0
    for window in windows(Self.floatWindows) {
      let reals = window.map(FeatureQuantization.real)
      largest = max(
        largest, abs(Double(try onnx.score(window: reals)) - Double(float.run(reals)[0])))
    }
    note(
      file, bytes, reader: "ONNXReader, ONNXInterpreter",
      "probabilities equal those of the float graph", compared: Self.floatWindows, unit: "windows",
      difference: largest, tolerance: Self.floatTolerance)
  }

  private mutating func verifyFloatStream() throws {
    let (file, bytes, model) = try decoded("_streaming")
    let float = try FloatInterpreter(deployable.streaming)
    var onnx = try ONNXStream(model)
    var largest = 0.0
    let steps = self.steps
    for rows in steps {
      let reals = rows.map(FeatureQuantization.real)
      let found = try onnx.run(.float32(reals))[0]
      guard case .float32(let values) = found.data, let value = values.first else {
        throw FormatError.modelRule(
          .onnx, what: "outputs", rule: "float32 first", found: "\(found.data.element)")
      }
      largest = max(largest, abs(Double(value) - Double(float.run(reals)[0])))
    }
    note(
      file, bytes, reader: "ONNXReader, ONNXStream",
      "probabilities equal those of the float streaming graph, state carried from step to step",
      compared: steps.count, unit: "streaming steps", difference: largest,
      tolerance: Self.floatTolerance)
  }

  // MARK: - Int8

  private static let layerClaim =
    "each layer that is given the device's codes makes codes at most one from the device's"

  private mutating func verifyQuantizedWindows() throws {
    let (file, bytes, model) = try decoded("_int8")
    let onnx = try ONNXInterpreter(model)
    var layers = LayerComparison(planned.quantized.window)
    var int8 = try Interpreter(planned.quantized.window)
    for window in windows(Self.quantizedWindows) {
      layers.take(from: &int8, window)
      let shape = model.inputs[0].shape
      let input = ONNXInterpreter.Value(
        shape: shape, data: .float32(window.map(FeatureQuantization.real)))
      _ = try onnx.run([input]) { layers.compare($0, $1) }
    }
    note(
      file, bytes, reader: "ONNXReader, ONNXInterpreter", Self.layerClaim,
      compared: layers.compared, unit: "codes", difference: layers.largest,
      tolerance: Self.layerTolerance)
  }

  private mutating func verifyQuantizedStream() throws {
    let (file, bytes, model) = try decoded("_streaming_int8")
    var onnx = try ONNXStream(model)
    var layers = LayerComparison(planned.quantized.streaming)
    var int8 = try Interpreter(planned.quantized.streaming)
    for rows in steps {
      layers.take(from: &int8, rows)
      _ = try onnx.run(.float32(rows.map(FeatureQuantization.real))) { layers.compare($0, $1) }
    }
    note(
      file, bytes, reader: "ONNXReader, ONNXStream", Self.layerClaim, compared: layers.compared,
      unit: "codes", difference: layers.largest, tolerance: Self.layerTolerance)
  }

  private mutating func verifyExactStream() throws {
    let (file, bytes, model) = try decoded("_streaming_exact")
    let graph = planned.quantized.streaming
    var onnx = try ONNXStream(model)
    var int8 = try Interpreter(graph)
    let steps = self.steps
    var different = 0
    for rows in steps {
      int8.run(rows)
      let expected =
        graph.outputs.map { ChannelFirst.data(int8.int8s(of: $0), graph[$0].type) }
        + graph.variables.indices.map {
          ChannelFirst.data(int8.int8s(of: VariableID($0)), graph.variables[$0].type)
        }
      let found = try onnx.run(.int8(rows)).map(\.data)
      if found != expected { different += 1 }
    }
    note(
      file, bytes, reader: "ONNXReader, ONNXStream",
      "outputs and state equal those of the int8 graph, bit for bit", compared: steps.count,
      unit: "streaming steps", difference: Double(different))
  }

  // MARK: - Inputs

  private mutating func decoded(_ suffix: String) throws -> (String, [UInt8], ONNXModel) {
    let file = "\(request.name)\(suffix).onnx"
    let bytes = try read(file)
    return (file, bytes, try ONNXReader.read(bytes))
  }

  /// Windows spread evenly over the held-out stream.
  private func windows(_ count: Int) -> [[Int8]] {
    let graph = deployable.window
    let size = graph[graph.inputs[0]].type.shape.count
    let row = graph[graph.inputs[0]].type.shape[2]
    var rows = stream
    while rows.count < size { rows += rows }
    let starts = (rows.count - size) / row
    return (0..<count).map { index in
      let start = starts * index / count * row
      return Array(rows[start..<start + size])
    }
  }

  /// Steps from a start that last for a window: every buffer is filled, and most are overwritten.
  private var steps: [[Int8]] {
    let (window, streaming) = (deployable.window, planned.quantized.streaming)
    let step = streaming[streaming.inputs[0]].type.shape.count
    let count = window[window.inputs[0]].type.shape.count / step
    let rows = stream
    return (0..<count).map { index in
      let start = index * step % (rows.count / step * step)
      return Array(rows[start..<start + step])
    }
  }
}
