import RouseAudio
import RouseFrontEnd
import RouseNumerics
import RouseTraining
import Synchronization

/// Scoring a long recording, as a benchmark repeats it: sound with the rhythm of speech, and the network of a preset with
/// weights that were never trained, which take the same time as any others.
package struct ScoringWorkload: Sendable {
  package let model: EvaluatedModel
  private let block: [Int16]

  /// Seconds of the sound that is repeated.
  package static let blockSeconds = GeneratedSound.seconds

  package init(preset name: String) throws {
    let preset = try Preset(named: name)
    block = GeneratedSound.samples
    var generator = SeededGenerator(seed: 1)
    let window = try FoldBatchNorm.apply(
      to: try preset.architecture.graph(
        stepMilliseconds: preset.stepMilliseconds, generator: &generator))
    let deployable = DeployableModel(
      window: window, streaming: try MakeStreaming.apply(to: window))
    let calibrated = try Calibrate.apply(
      to: deployable, over: [GeneratedSound.rows(stepMilliseconds: preset.stepMilliseconds)])
    model = try EvaluatedModel(
      name: name, graph: try QuantizeModel.apply(to: calibrated).streaming,
      stepMilliseconds: preset.stepMilliseconds)
  }

  /// Codes of so many blocks of sound, one after the other.
  package func score(blocks: Int, threads: Int) throws(AudioError) -> [UInt8] {
    let block = block
    let left = Mutex(blocks)
    let codes = try StreamScorer(model, threads: threads).codes({
      let isOver = left.withLock { left in
        left -= 1
        return left < 0
      }
      return isOver ? nil : block
    })
    return codes ?? []
  }

  /// The front end alone, on one thread.
  package func features(blocks: Int) -> Int {
    var frontEnd = MicroFrontEnd(stepMilliseconds: model.stepMilliseconds)
    var count = 0
    var rows: [UInt16] = []
    for _ in 0..<blocks {
      rows.removeAll(keepingCapacity: true)
      frontEnd.process(block, into: &rows)
      count += rows.count / MicroFrontEnd.channels
    }
    return count
  }

  /// The network alone, on one thread, over the rows of so many blocks.
  package func network(blocks: Int) -> Int {
    let rows = GeneratedSound.rows(stepMilliseconds: model.stepMilliseconds)
    var run = CodeRun(model)
    var codes: [UInt8] = []
    for _ in 0..<blocks { run.run(rows, into: &codes) }
    return codes.count
  }
}
