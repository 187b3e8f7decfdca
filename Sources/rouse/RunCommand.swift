import ArgumentParser
import RouseCompiler
import RouseFormats
import RouseNumerics

/// `rouse run MODEL.tflite --input A.npy --output O.npy`, `rouse run MODEL.tflite --audio FILE…`
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run an int8 model exactly as TFLite Micro does on a device.",
    discussion: """
      On arrays: --input once for each input of the model and --output once for each output, in the order of the model. \
      The first axis counts invocations and state is carried from one to the next. Feature rows [n, 40] are grouped as \
      the model takes them.

      On recordings: --audio FILE… computes features, maps them to int8 and applies ESPHome's detection rule as the \
      firmware does. Cutoff and window come from --manifest, or from the .json beside the model. Each recording starts \
      with a fresh device.

        rouse run okay_nabu.tflite --audio kitchen.flac --output probabilities.csv
        rouse run okay_nabu.tflite --input rows.npy --output probabilities.npy
      """)

  @Argument(help: "The model.", completion: .file(extensions: ["tflite"]))
  var model: String

  @Option(
    help: ArgumentHelp("Values for the next input of the model; may be repeated.", valueName: "npy")
  )
  var input: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Recordings of any format, rate and length.", valueName: "file"))
  var audio: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Where the next output of the model goes (.npy). With --audio: every probability in steps of 1/256, as .csv, or \
      as .npy for one recording.
      """, valueName: "file"))
  var output: [String] = []

  @Option(help: "With --audio: the manifest that states cutoff, window and feature step.")
  var manifest: String?

  @Option(help: "With --audio: the cutoff, above 0 and below 1, instead of the manifest's.")
  var cutoff: Double?

  @Option(help: "With --audio: the window, 1 to 255, instead of the manifest's.")
  var window: Int?

  func validate() throws {
    guard input.isEmpty != audio.isEmpty else {
      throw ValidationError("give either --input or --audio")
    }
    if audio.isEmpty {
      guard !output.isEmpty else { throw ValidationError("give --output for the results") }
      guard manifest == nil, cutoff == nil, window == nil else {
        throw ValidationError("--manifest, --cutoff and --window go with --audio")
      }
      return
    }
    guard output.count <= 1 else { throw ValidationError("--audio has one --output") }
    if let output = output.first {
      guard output.hasSuffix(".csv") || output.hasSuffix(".npy") else {
        throw ValidationError("--output is `\(output)`, expected a name that ends in .csv or .npy")
      }
      guard output.hasSuffix(".csv") || audio.count == 1 else {
        throw ValidationError("an .npy holds one recording; use .csv for \(audio.count)")
      }
    }
    if let cutoff, !(cutoff > 0 && cutoff < 1) {
      throw ValidationError("--cutoff is \(cutoff), expected a number between 0 and 1")
    }
    if let window, !(1...255).contains(window) {
      throw ValidationError("--window is \(window), expected 1 to 255")
    }
  }

  func run() throws {
    let runnable = try located(model) { try RunnableModel(tflite: InputFile.read(model)) }
    if audio.isEmpty { try runArrays(runnable) } else { try runAudio(runnable) }
  }

  // MARK: - Arrays

  private func runArrays(_ model: RunnableModel) throws {
    guard output.count <= model.outputTypes.count else {
      throw ValidationError(
        "--output was given \(output.count) times, the model has \(model.outputTypes.count) outputs"
      )
    }
    let arrays = try input.map { path in
      try located(path) { try NPYArray(bytes: InputFile.read(path)) }
    }
    let progress = Progress("Running", unit: "invocations")
    let run = try located(self.model) {
      try ArrayRun(model, inputs: arrays) { progress.update(done: $0, of: $1) }
    }
    for (path, array) in zip(output, run.outputs) { try AtomicFile.write(array.bytes, to: path) }
    progress.finish(
      "\(run.invocations) invocations"
        + (run.droppedRows > 0 ? ", \(run.droppedRows) rows at the end were left over" : ""))
  }

  // MARK: - Recordings

  private func runAudio(_ model: RunnableModel) throws {
    let settings = try located(manifest ?? self.model) {
      try DetectionSettings(
        model: self.model, manifest: manifest, cutoff: cutoff, window: window)
    }
    let run = try located(self.model) {
      try AudioRun(model, rule: settings.rule, stepMilliseconds: settings.stepMilliseconds)
    }
    print(settings.text)
    var table = ProbabilityTable()
    for path in audio {
      let progress = Progress(path, unit: "samples")
      let hearing = try run.hear(path) { done, total in
        if let total { progress.update(done: done, of: total) }
      }
      Terminal.clearStatus()
      print(HearingText(path: path, hearing: hearing, run: run).text)
      table.append(path, hearing, run)
    }
    guard let path = output.first else { return }
    try AtomicFile.write(path.hasSuffix(".csv") ? Array(table.csv.utf8) : table.npy, to: path)
  }
}
