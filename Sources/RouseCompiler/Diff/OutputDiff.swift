import RouseFormats
import RouseIR
import RouseRuntime

/// Both models on the same rows, each from the state of a device that has just started.
///
/// Models that take another number of rows a step are compared whenever both have consumed the same rows.
struct OutputDiff {
  /// Rows of random codes for models that no front-end feeds.
  static let randomRows = 1_000

  /// The outputs, or why they cannot be compared.
  static func compare(
    _ a: DiffModel, _ b: DiffModel, over features: DiffFeatures?, stepMilliseconds: Int
  ) -> Result<DiffReport.Outputs, Problem> {
    Result { () throws(Problem) in
      let (first, second) = (try Side(a), try Side(b))
      guard first.channels == second.channels else {
        throw Problem("\(a.name) takes \(first.takes), \(b.name) takes \(second.takes)")
      }
      let heard = features ?? usual(first.channels, stepMilliseconds)
      guard heard.channels == first.channels else {
        throw Problem(
          "rows of \(heard.source) have \(heard.channels) numbers, the models take \(first.takes)")
      }
      return try run(first, second, heard)
    }
  }

  private static func usual(_ channels: Int, _ stepMilliseconds: Int) -> DiffFeatures {
    let sound = DiffFeatures.generated(stepMilliseconds: stepMilliseconds)
    return channels == sound.channels ? sound : .random(channels: channels, rows: randomRows)
  }

  /// A sentence for people.
  struct Problem: Error {
    var text: String

    init(_ text: String) { self.text = text }
  }

  // MARK: - Models

  private struct Side {
    var interpreter: Interpreter
    /// Rows of one invocation, and numbers of a row.
    let rows: Int
    let channels: Int
    let output: TensorType
    let takes: String

    init(_ model: DiffModel) throws(Problem) {
      do {
        interpreter = try Interpreter(try GraphDecoding.graph(from: model.model))
      } catch let error as FormatError {
        throw Problem("\(model.name) cannot be run: \(Self.words(error))")
      } catch {
        throw Problem("\(model.name) cannot be run: its operators do not fit each other")
      }
      let graph = interpreter.graph
      guard graph.inputs.count == 1, let output = graph.outputs.first else {
        throw Problem(
          "\(model.name) has \(graph.inputs.count) inputs and \(graph.outputs.count) outputs, one of each is run"
        )
      }
      let type = graph[graph.inputs[0]].type
      guard type.element == .int8 || type.element == .uint8, let last = type.shape.dimensions.last,
        last > 0
      else { throw Problem("\(model.name) takes \(type.element.rawValue) \(type.shape)") }
      channels = last
      rows = type.shape.count / last
      self.output = graph[output].type
      takes = "\(type.element.rawValue) \(type.shape)"
    }

    private static func words(_ error: FormatError) -> String {
      switch error {
      case .unsupported(_, _, let feature): "Rouse does not run \(feature)"
      case .operatorRule(_, let op, let tensor, let rule, let found):
        "\(op) that makes `\(tensor)` has \(found), expected \(rule)"
      default: "it holds what Rouse does not run"
      }
    }

    /// Feeds `count` invocations from `start` and returns the bytes of the output after the last one.
    mutating func run(_ rows: [Int8], from start: Int, invocations count: Int) -> [Int8] {
      let step = self.rows * channels
      for index in 0..<count {
        interpreter.run(rows[start + index * step..<start + (index + 1) * step])
      }
      return interpreter.output
    }
  }

  // MARK: - Comparison

  private static func run(
    _ a: Side, _ b: Side, _ features: DiffFeatures
  ) throws(Problem) -> DiffReport.Outputs {
    var (a, b) = (a, b)
    let isSameType = a.output == b.output
    guard a.output.shape == b.output.shape else {
      throw Problem("the outputs are \(a.output.shape) and \(b.output.shape)")
    }
    let (left, right) = (try Reading(a.output), try Reading(b.output))
    let common = a.rows / divisor(a.rows, b.rows) * b.rows
    let total = features.rows.count / features.channels
    guard common > 0, total >= common else {
      throw Problem("\(features.source) has \(total) rows, one comparison takes \(common)")
    }
    var result = DiffReport.Outputs(
      features: features.source, steps: 0, differing: 0, largestDifference: 0,
      unit: isSameType ? "codes" : "real", firstDiffering: nil, rowsBeforeFirst: nil)
    while (result.steps + 1) * common <= total {
      let start = result.steps * common * features.channels
      let x = a.run(features.rows, from: start, invocations: common / a.rows)
      let y = b.run(features.rows, from: start, invocations: common / b.rows)
      let difference =
        zip(x, y).map {
          (left.value($0, isReal: !isSameType) - right.value($1, isReal: !isSameType)).magnitude
        }
        .max() ?? 0
      if difference > 0 {
        result.differing += 1
        result.largestDifference = max(result.largestDifference, difference)
        if result.firstDiffering == nil {
          result.firstDiffering = result.steps
          result.rowsBeforeFirst = (result.steps + 1) * common
        }
      }
      result.steps += 1
    }
    return result
  }

  /// What the bytes of an output stand for.
  private struct Reading {
    let isUnsigned: Bool
    let scale: Double
    let zero: Double

    init(_ type: TensorType) throws(Problem) {
      guard type.element.bytes == 1 else {
        throw Problem("an output is \(type.element.rawValue), bytes are compared")
      }
      isUnsigned = type.element == .uint8
      scale = Double(type.quantization?.scales.first ?? 1)
      zero = Double(type.quantization?.zeroPoint ?? 0)
    }

    func value(_ byte: Int8, isReal: Bool) -> Double {
      let code = isUnsigned ? Double(UInt8(bitPattern: byte)) : Double(byte)
      return isReal ? scale * (code - zero) : code
    }
  }

  /// The greatest common divisor.
  private static func divisor(_ x: Int, _ y: Int) -> Int {
    var (x, y) = (x, y)
    while y != 0 { (x, y) = (y, x % y) }
    return max(x, 1)
  }
}
