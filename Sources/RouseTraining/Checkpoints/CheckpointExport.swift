import Glibc
import RouseNumerics

extension RunFolder {
  /// The network with the averaged weights of a checkpoint.
  ///
  /// - Throws: `.noCheckpoint`, `.missingPart` without a preset, `.otherNetwork` when the preset was changed since.
  public func model(atStep step: Int) throws(TrainingError) -> TrainedModel {
    try requirePart(presetFile)
    try requirePart(summaryFile)
    let checkpoint = try checkpoint(step: step)
    let preset = try Preset(yaml: try StrictYAML.text(of: presetFile), file: presetFile)
    let graph = try TrainedModel.untrainedGraph(of: preset)
    let layout = ParameterLayout(graph)
    if let difference = layout.firstDifference(from: checkpoint.layout) {
      throw .otherNetwork(
        preset: preset.name, expected: difference.expected, found: difference.found)
    }
    let (identity, state) = (checkpoint.identity, checkpoint.state)
    return TrainedModel(
      graph: layout.graph(graph, with: state.average), preset: preset,
      wakeWord: try RunDescription(path: summaryFile).wakeWord,
      provenance: TrainingProvenance(
        presetDigest: identity.presetDigest, corpusDigest: identity.corpusDigest,
        seed: identity.seed, startDigest: identity.startDigest,
        teacherDigest: identity.teacherDigest, steps: step, bestStep: step,
        score: state.latestScore))
  }

  /// Makes a run folder at `output` whose model has the averaged weights of a checkpoint: what `rouse compile` takes.
  ///
  /// Feature files are shared with this run (hard links) where the file system can, and copied elsewhere; neither run
  /// ever changes such a file in place.
  ///
  /// - Throws: as `model(atStep:)`; `.runExists` when there is a run in `output`, `.missingPart` when this run is not
  ///   finished, because its feature files are made at the end.
  public func exportCheckpoint(step: Int, to output: String) throws(TrainingError) {
    let model = try model(atStep: step)
    let folder = RunFolder(output)
    let features = [
      (calibrationFile, folder.calibrationFile), (validationFile, folder.validationFile),
      (testFile, folder.testFile), (ambientFile, folder.ambientFile),
    ]
    for (file, _) in features { try requirePart(file) }
    guard !folder.holdsRun else { throw .runExists(folder: output) }
    try Self.make(folder.path)
    for (file, copy) in features + [(presetFile, folder.presetFile)] {
      try Self.share(file, as: copy)
    }
    var description = try RunDescription(path: summaryFile)
    (description.steps, description.bestStep) = (step, step)
    // A checkpoint's weights are those of the float network.
    description.quantizationAware = nil
    try folder.write(description.text, to: folder.summaryFile)
    try model.write(to: folder.modelFile)
  }

  private static func share(_ file: String, as copy: String) throws(TrainingError) {
    try remove(copy)
    if link(file, copy) == 0 { return }
    do throws(FileError) {
      let source = try MappedFile(path: file)
      var writer = try AtomicFileWriter(path: copy)
      try source.withBytes(0..<source.count) { (bytes) throws(FileError) in
        try writer.append(bytes)
      }
      try writer.commit()
    } catch { throw .file(error) }
  }
}
