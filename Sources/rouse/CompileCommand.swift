import ArgumentParser
import Foundation
import RouseCompiler
import RouseIR

/// `rouse compile RUN|MODEL --target BOARD --output FOLDER`
struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Turn a trained run or a float model into a bundle that is proven to run on a board.",
    discussion: """
      A run is a folder that `rouse train` made. A model is a float .onnx or .tflite file of another program, such as \
      PyTorch: --calibration names the recordings to calibrate, choose cutoffs and score on. Rouse finds the time axis, \
      makes the network streaming, and names every operator that cannot stream.

      Quantizes to int8, plans memory, checks the budget of the target (exit code 2 and nothing written when it does not \
      fit), emits TFLite, ESPHome, C and ONNX files, reads every one back from disk and runs it.
      """)

  @Argument(
    help: ArgumentHelp(
      "The run folder that `rouse train` made, or a float .onnx or .tflite.", valueName: "run"))
  var trainedRun: String

  @OptionGroup var options: CompileOptions
  @OptionGroup(title: "Options for model files") var imports: ImportOptions

  @Option(help: "Where the bundle goes; made when it is not there.")
  var output: String

  @Option(
    help: ArgumentHelp("Stop after this pass: \(Self.passes).", valueName: "pass"),
    transform: Self.pass)
  var stopAfter: Pipeline.Pass?

  @Option(
    help: ArgumentHelp(
      "Print the graphs after this pass, as text; may be repeated.", valueName: "pass"),
    transform: Self.pass)
  var dump: [Pipeline.Pass] = []

  @Flag(help: "Also print float against int8 and the cost of every layer.")
  var layers = false

  @Flag(
    inversion: .prefixedNo, help: "Score the model on the test part, after the bundle is there.")
  var score = true

  static let passes = Pipeline.Pass.allCases.map(\.rawValue).joined(separator: ", ")

  static func pass(_ name: String) throws -> Pipeline.Pass {
    guard let pass = Pipeline.Pass(rawValue: name) else {
      throw ValidationError("there is no pass `\(name)`; passes: \(passes)")
    }
    return pass
  }

  func run() throws {
    let compilation = try imports.source(trainedRun, target: options.target)
    let request = try options.request(compilation, output: output)
    let pipeline = Pipeline(request, stopAfter: stopAfter) { pass, graph in
      if dump.contains(pass) { print(GraphText.print(graph, .summary)) }
    }
    guard let result = try pipeline.run() else { return }
    let sweep = score ? try compilation.score(result, request) : nil
    let resolution = try ChooseOperatingPoint.resolution(of: result.planned, request)
    print(
      CompilationScreen(
        request: request, result: result, score: sweep, resolution: resolution
      ).text)
    if layers { print("\n\(result.verification.layers.text)", terminator: "") }
  }
}

/// What `compile` and `demo` share.
struct CompileOptions: ParsableArguments {
  @Option(
    help: "A built-in target (\(TargetCatalog.names.joined(separator: ", "))) or a .yaml file.")
  var target = "esp32-s3-n16r8"

  @Option(help: "Base of the file names; the wake word unless given.")
  var name: String?

  @Option(
    help: "False accepts per hour that the chosen operating point may allow on the validation part."
  )
  var falseAccepts = 1.0

  @Option(
    help: "Probability cutoff of the manifest, above 0 and below 1; chosen from data unless given.")
  var cutoff: Double?

  @Option(help: "Sliding window of the manifest, 1 to 10; goes with --cutoff.")
  var window = 5

  @Option(help: "Author in the manifest.")
  var author = "Rouse user"

  @Option(help: "Website in the manifest.")
  var website = "https://example.com/"

  @Option(help: "Language of the word, such as en; may be repeated.")
  var language: [String] = []

  @Flag(help: "Emit although the target is too small.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "What to minimize: \(Objective.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "aim"))
  var optimize = Objective.balanced

  @Option(
    help: ArgumentHelp(
      "Leave out a pass: \(Self.names { $0.isDefault }); may be repeated.", valueName: "pass"))
  var without: [OptionalPass] = []

  @Option(
    help: ArgumentHelp(
      "Do a pass after which LiteRT cannot load the file: \(Self.names { !$0.isDefault }).",
      valueName: "pass"))
  var with: [OptionalPass] = []

  private static func names(_ isWanted: (OptionalPass) -> Bool) -> String {
    OptionalPass.allCases.filter(isWanted).map(\.rawValue).joined(separator: ", ")
  }

  func validate() throws {
    if let cutoff, !(cutoff > 0.004 && cutoff < 1) {
      throw ValidationError("--cutoff is \(cutoff), expected a number between 0.004 and 1")
    }
    guard (1...10).contains(window) else {
      throw ValidationError("--window is \(window), expected 1 to 10")
    }
    guard falseAccepts >= 0 else {
      throw ValidationError("--false-accepts is \(falseAccepts), expected 0 or more")
    }
  }

  func request(_ compilation: any CompilationSource, output: String) throws -> CompilationRequest {
    var request = try compilation.request(name: name, output: output)
    request.falseAcceptsPerHour = falseAccepts
    request.force = force
    request.objective = optimize
    request.passes = OptionalPass.defaults.union(with).subtracting(without)
    request.description = .init(
      author: author, website: website, languages: language.isEmpty ? ["en"] : language)
    if let cutoff { request.detection = Detection(cutoff: Int(cutoff * 255), window: window) }
    return request
  }
}

extension Objective: ExpressibleByArgument {}
extension OptionalPass: ExpressibleByArgument {}
