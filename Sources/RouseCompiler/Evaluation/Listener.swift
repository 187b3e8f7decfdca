import RouseFrontEnd
import RouseRuntime

/// A device that listens: samples in, probabilities and detections out as soon as they are there.
public struct Listener {
  /// What one invocation said.
  public struct Event: Hashable, Sendable {
    /// When the last sample that it heard came in.
    public var seconds: Double
    /// In steps of 1/256.
    public var code: UInt8
    public var isDetection: Bool
  }

  private var frontEnd: MicroFrontEnd
  private var network: CodeRun
  private var rule: any StreamingRule
  private var rows: [UInt16] = []
  private var samples = 0
  private var invocations = 0
  private let timing: DetectionTiming
  private let stepElements: Int
  public private(set) var detections = 0

  public init(
    _ model: EvaluatedModel, rule: DetectionRule, cutoff: UInt8, lockoutMilliseconds: Int
  ) {
    var options = EvaluationOptions()
    options.lockoutMilliseconds = lockoutMilliseconds
    timing = DetectionTiming(model, options)
    frontEnd = MicroFrontEnd(stepMilliseconds: model.stepMilliseconds)
    network = CodeRun(model)
    self.rule = rule.detector(
      cutoff: cutoff, stride: model.strideRows, lockoutSteps: timing.lockoutSteps)
    stepElements = model.strideRows * MicroFrontEnd.channels
  }

  /// How much was heard.
  public var seconds: Double { Double(samples) / Double(MicroFrontEnd.sampleRate) }

  /// Takes the next samples; one event for each invocation that they finish.
  public mutating func hear(_ block: [Int16]) -> [Event] {
    samples += block.count
    frontEnd.process(block, into: &rows)
    let whole = rows.count / stepElements * stepElements
    var codes: [UInt8] = []
    network.run(rows[..<whole].map(FeatureQuantization.deviceInt8), into: &codes)
    rows.removeFirst(whole)
    return codes.map { code in
      let event = Event(
        seconds: timing.seconds(invocations), code: code, isDetection: rule.push(code))
      invocations += 1
      if event.isDetection { detections += 1 }
      return event
    }
  }
}
