import Glibc
import RouseNumerics

/// The checkpoints that a run keeps: `checkpoints/STEP.rouse`.
///
/// The latest few and the best one stay, so a run of any length keeps a bounded number. Which ones stay depends on the
/// steps done alone: a run that was killed and resumed ends with the same files.
package struct CheckpointFolder {
  private static let ending = ".rouse"

  package let path: String

  package init(_ run: RunFolder) { path = run.checkpointFolder }

  func file(_ step: Int) -> String { "\(path)/\(step)\(Self.ending)" }

  /// Steps of the checkpoints that are there, in order.
  func steps() throws(TrainingError) -> [Int] {
    guard access(path, F_OK) == 0 else { return [] }
    let names: [String]
    do { names = try FolderNames.all(in: path) } catch { throw .file(error) }
    return names.compactMap { name in
      guard name.hasSuffix(Self.ending), let step = Int(name.dropLast(Self.ending.count)),
        name == "\(step)\(Self.ending)", step >= 0
      else { return nil }
      return step
    }.sorted()
  }

  /// Adds a checkpoint, then removes those that `kept` leaves out.
  package func add(_ checkpoint: Checkpoint, keep: Int) throws(TrainingError) {
    try checkpoint.write(to: file(checkpoint.state.step))
    let steps = try steps()
    let kept = Self.kept(steps, keep: keep, best: checkpoint.state.bestStep)
    for step in steps where !kept.contains(step) { try RunFolder.remove(file(step)) }
  }

  /// Removes checkpoints after `step`, which a killed run made and its successor will make again.
  package func remove(after step: Int) throws(TrainingError) {
    for later in try steps() where later > step { try RunFolder.remove(file(later)) }
  }

  /// The last `keep` of `steps`, and the best.
  static func kept(_ steps: [Int], keep: Int, best: Int) -> [Int] {
    let first = steps.count - keep
    return steps.enumerated().filter { $0.offset >= first || $0.element == best }.map(\.element)
  }
}
