import RouseAudio
import RouseFrontEnd
import RouseIR
import RouseNumerics
import RouseRuntime

/// Runs a streaming model on recordings as a device does: front-end, int8 mapping, model, ESPHome's detection rule.
///
/// Every recording starts from the state of a device that has just started; recordings of any length take the same
/// memory but for their probabilities, one byte for each invocation.
public struct AudioRun: Sendable {
  /// When a device says that it heard the word.
  public struct Rule: Hashable, Sendable {
    /// In steps of 1/255.
    public var cutoff: UInt8
    /// Probabilities that are averaged.
    public var window: Int

    public init(cutoff: UInt8, window: Int) {
      self.cutoff = cutoff
      self.window = window
    }
  }

  public struct Detection: Hashable, Sendable {
    /// The invocation, counted from 0.
    public var invocation: Int
    /// When the last sample that this invocation heard was recorded.
    public var seconds: Double
    /// The mean of the window, 0 to 1.
    public var probability: Double
  }

  /// What one recording gave.
  public struct Hearing: Hashable, Sendable {
    public var seconds: Double
    /// In steps of 1/256, one for each invocation.
    public var probabilities: [UInt8]
    public var detections: [Detection]
  }

  public let stepMilliseconds: Int
  /// Feature rows of one invocation.
  public let strideRows: Int
  private let model: RunnableModel
  private let rule: Rule?

  /// - Parameter rule: nil to compute probabilities only.
  /// - Throws: `CompilerError.notStreaming` for a model that is not int8 `[1, stride, 40]` in and uint8 `[1, 1]` out.
  /// - Precondition: `stepMilliseconds` is 10 or 20.
  public init(
    _ model: RunnableModel, rule: Rule?, stepMilliseconds: Int
  ) throws(CompilerError) {
    let (inputs, outputs) = (model.inputTypes, model.outputTypes)
    guard inputs.count == 1, inputs[0].element == .int8, inputs[0].shape.rank == 3,
      inputs[0].shape[0] == 1, inputs[0].shape[2] == MicroFrontEnd.channels
    else {
      throw .notStreaming(
        what: "input", expected: "one int8 [1, stride, \(MicroFrontEnd.channels)]",
        found: Self.text(inputs))
    }
    guard outputs.count == 1, outputs[0].element == .uint8, outputs[0].shape == [1, 1] else {
      throw .notStreaming(
        what: "output", expected: "one uint8 [1, 1]", found: Self.text(outputs))
    }
    self.model = model
    self.rule = rule
    self.stepMilliseconds = stepMilliseconds
    strideRows = inputs[0].shape[1]
  }

  private static func text(_ types: [TensorType]) -> String {
    types.map { "\($0.element.rawValue) \($0.shape)" }.joined(separator: " and ")
  }

  /// When the last sample of an invocation was recorded.
  public func seconds(ofInvocation invocation: Int) -> Double {
    let lastRow = (invocation + 1) * strideRows - 1
    let step = stepMilliseconds * MicroFrontEnd.sampleRate / 1000
    let samples = lastRow * step + MicroFrontEnd.windowSamples
    return Double(samples) / Double(MicroFrontEnd.sampleRate)
  }

  /// - Parameter progress: samples heard, and how many the file says it has.
  /// - Throws: what is wrong with the recording.
  public func hear(
    _ path: String, progress: (Int, Int?) -> Void = { _, _ in }
  ) throws(AudioError) -> Hearing {
    let reader = try AudioFile.blocks(path)
    var frontEnd = MicroFrontEnd(stepMilliseconds: stepMilliseconds)
    var interpreter = model.interpreter
    var detector = rule.map {
      StreamingDetector(cutoff: $0.cutoff, window: $0.window, stride: strideRows)
    }
    var hearing = Hearing(seconds: 0, probabilities: [], detections: [])
    var rows: [UInt16] = []
    var samples = 0
    let step = strideRows * MicroFrontEnd.channels
    while let block = try reader.next() {
      samples += block.count
      frontEnd.process(block.map(AudioClip.int16), into: &rows)
      let whole = rows.count / step * step
      let features = rows[..<whole].map(FeatureQuantization.deviceInt8)
      rows.removeFirst(whole)
      for probability in interpreter.runStream(features) {
        if let sum = detector?.hit(probability), let rule {
          hearing.detections.append(
            Detection(
              invocation: hearing.probabilities.count,
              seconds: seconds(ofInvocation: hearing.probabilities.count),
              probability: Double(sum) / Double(255 * rule.window)))
        }
        hearing.probabilities.append(probability)
      }
      progress(samples, reader.declaredSamples)
    }
    hearing.seconds = Double(samples) / Double(MicroFrontEnd.sampleRate)
    return hearing
  }
}
