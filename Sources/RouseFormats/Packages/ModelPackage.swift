import RouseIR

/// What the folders for ESP-IDF, Arduino, PlatformIO and Zephyr say: a model, and how it is used.
///
/// One set of sources serves all: the model as `CArray`, a streaming wrapper around TFLite Micro, golden vectors.
public struct ModelPackage: Hashable, Sendable {
  /// Versions of Espressif's component registry.
  public struct Pins: Hashable, Sendable {
    /// `1.3.3~1`
    public var interpreter: String
    /// `1.1.2`
    public var kernels: String

    public init(interpreter: String, kernels: String) {
      self.interpreter = interpreter
      self.kernels = kernels
    }
  }

  public var array: CArray
  public var golden: GoldenVectors
  /// Every operator of the model once.
  public var operators: [TFLiteBuiltin]
  /// Ring buffers, and bytes of the arena that holds their table.
  public var variables: Int
  public var variableArenaBytes: Int
  /// ESPHome's detection rule, in steps of 1/255.
  public var cutoff: Int
  public var window: Int
  public var deafRows: Int
  public var wakeWord: String
  public var author: String
  public var website: String
  /// `ESPHome 2026.10.0`
  public var firmware: String
  /// What it computes with, `esp-nn-1.1.2`.
  public var kernels: String
  /// nil for firmware without Espressif's components; then there is no ESP-IDF component.
  public var pins: Pins?
  /// Of the `.tflite`.
  public var schemaVersion: Int

  public init(
    array: CArray, golden: GoldenVectors, operators: [TFLiteBuiltin], variables: Int,
    variableArenaBytes: Int, cutoff: Int, window: Int, deafRows: Int, wakeWord: String,
    author: String, website: String, firmware: String, kernels: String, pins: Pins?,
    schemaVersion: Int
  ) {
    self.array = array
    self.golden = golden
    self.operators = operators
    self.variables = variables
    self.variableArenaBytes = variableArenaBytes
    self.cutoff = cutoff
    self.window = window
    self.deafRows = deafRows
    self.wakeWord = wakeWord
    self.author = author
    self.website = website
    self.firmware = firmware
    self.kernels = kernels
    self.pins = pins
    self.schemaVersion = schemaVersion
  }

  // MARK: - Text

  /// Addresses that `git` can clone, as registries ask for; nil for a website that is none.
  var repository: String? {
    let hosts = ["https://github.com/", "https://gitlab.com/", "https://codeberg.org/"]
    return website.hasSuffix(".git") || hosts.contains(where: website.hasPrefix) ? website : nil
  }

  /// What all templates read.
  var values: [String: String] {
    let lines = CText.oneLine
    var values = CArrayWriter.values(of: array)
    values["cutoff"] = "\(cutoff)"
    values["window"] = "\(window)"
    values["deafRows"] = "\(deafRows)"
    values["variables"] = "\(variables)"
    values["variableArenaBytes"] = "\(variableArenaBytes)"
    values["schemaVersion"] = "\(schemaVersion)"
    values["operatorCount"] = "\(operators.count)"
    values["registrations"] = operators.map { "operators.\($0.registration)() == kTfLiteOk" }
      .joined(separator: " &&\n         ")
    values["goldenBytes"] = "\(golden.byteCount)"
    values["wakeWord"] = lines(wakeWord)
    values["author"] = lines(author)
    values["website"] = lines(website)
    values["authorJSON"] = JSONText.quoted(author)
    values["websiteJSON"] = JSONText.quoted(website)
    values["descriptionJSON"] = JSONText.quoted("Wake word \(wakeWord) for TFLite Micro")
    values["repositoryJSON"] = repository.map(JSONText.quoted)
    values["firmware"] = firmware
    values["kernels"] = kernels
    values["interpreterVersion"] = pins?.interpreter
    values["kernelVersion"] = pins?.kernels
    values["otherVersions"] = lines(array.arenaNotes.dropFirst().joined(separator: " "))
    values["arenaNotesMarkdown"] = array.arenaNotes.map(lines).joined(separator: "\n")
    values["provenanceMarkdown"] = array.provenance.map { "* `\(lines($0))`" }
      .joined(separator: "\n")
    return values
  }
}
