import RouseFormats
import RouseFrontEnd
import RouseIR
import RouseRuntime

extension Verify {
  /// Largest difference of a probability that float32 sums in another order may make.
  static let floatTolerance = 1e-5
  /// Steps of the logit's int8 code by which a QDQ model may differ. It rounds each layer once, half to even, from a float
  /// sum, where the device rounds twice: a code of any layer may so be one step off, and the dense layer adds up a
  /// thousand of them with weights of both signs. Up to 4 steps were seen on trained networks; twice that is allowed.
  static let logitSteps = 8.0

  /// The probability that `logitSteps` make at most (the logistic's slope is 1/4 where it is steepest), and one code of the
  /// output for its own rounding.
  public static func quantizedTolerance(of graph: Graph) -> Double {
    let logit = graph.nodes.first { $0.op.name == Logistic.name }.map { graph[$0.inputs[0]] }
    return logitSteps * Double(logit?.type.quantization?.scale ?? 0) / 4 + 1.0 / 256
  }

  /// Whole windows that are scored.
  static let windows = 32

  /// Both ONNX files are decoded and run over whole windows of held-out features.
  mutating func verifyONNX() throws {
    let windows = self.windows
    let float = try FloatInterpreter(deployable.window)
    try compare(
      "\(request.name).onnx", windows, tolerance: Self.floatTolerance,
      "probabilities equal those of the float graph"
    ) { Double(float.run(Self.reals($0))[0]) }

    var int8 = try Interpreter(planned.quantized.window)
    try compare(
      "\(request.name)_int8.onnx", windows,
      tolerance: Self.quantizedTolerance(of: planned.quantized.window),
      "probabilities equal those of the int8 graph within the rounding of QDQ"
    ) {
      int8.reset()
      int8.run($0)
      return Double(UInt8(bitPattern: int8.output[0])) / 256
    }
  }

  private mutating func compare(
    _ name: String, _ windows: [[Int8]], tolerance: Double, _ claim: String,
    expected: ([Int8]) throws -> Double
  ) throws {
    let bytes = try bundle.read(name)
    let network = try ONNXInterpreter(try ONNXReader.read(bytes))
    var largest = 0.0
    for window in windows {
      let found = Double(try network.score(window: Self.reals(window)))
      largest = max(largest, abs(found - (try expected(window))))
    }
    note(
      name, bytes, reader: "ONNXReader, ONNXInterpreter", claim, compared: windows.count,
      unit: "windows", difference: largest, tolerance: tolerance)
  }

  /// Windows spread evenly over the held-out stream.
  private var windows: [[Int8]] {
    let graph = deployable.window
    let size = graph[graph.inputs[0]].type.shape.count
    let row = graph[graph.inputs[0]].type.shape[2]
    var rows = stream
    while rows.count < size { rows += rows }
    let starts = (rows.count - size) / row
    return (0..<Self.windows).map { index in
      let start = starts * index / Self.windows * row
      return Array(rows[start..<start + size])
    }
  }

  static func reals(_ rows: [Int8]) -> [Float] { rows.map(FeatureQuantization.real) }
}
