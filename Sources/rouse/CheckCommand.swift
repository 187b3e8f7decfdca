import ArgumentParser
import RouseCompiler

/// `rouse check MODEL.tflite|MANIFEST.json|FOLDER… --target BOARD [--firmware NAME] [--json]`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Tell whether any ESPHome model will run on a board, before it is flashed.",
    discussion: """
      Checks model and manifest against what the firmware accepts, computes the tensor arena to the byte for every \
      version of the kernel library, and adds up flash, RAM and time. Several models are checked as one device that runs \
      them together. Exit code 0: fits; 2: refused; 1: a file cannot be read.
      """)

  @Argument(
    help: ArgumentHelp(
      "A .tflite model, a manifest (its model is found beside it), or a folder of manifests.",
      valueName: "file"))
  var files: [String]

  @Option(
    help: "A built-in target (\(TargetCatalog.names.joined(separator: ", "))) or a .yaml file.")
  var target = "esp32-s3-n16r8"

  @Option(
    help: "A release of the target's firmware, such as esphome-2026.10; the newest unless given.")
  var firmware: String?

  @Flag(help: "Print JSON with stable keys instead of text.")
  var json = false

  func run() throws {
    let profile = try TargetCatalog.profile(target)
    let firmware = try firmware.map { name throws(CompilerError) in
      try profile.firmware(named: name)
    }
    let request = CheckRequest(
      inputs: try CheckFiles.inputs(files), profile: profile, firmware: firmware)
    let report = try Check.report(request)
    if json {
      print(report.json, terminator: "")
    } else {
      print(CheckScreen(report: report, colour: Terminal.showsColour).text)
    }
    if report.verdict == .refused { throw ExitCode.doesNotFit }
  }
}
