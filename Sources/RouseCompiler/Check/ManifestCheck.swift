import Foundation
import RouseFormats

/// A manifest against what ESPHome validates, and against what it forgets to validate and the device needs.
///
/// - Source: `micro_wake_word/__init__.py` of ESPHome 2024.7 to 2026.10; ranges that it does not check were tried with
///   `esphome config`: a cutoff of 1.5, a window of 0, a step of 0 and an arena of -5 all pass.
struct ManifestCheck {
  /// The first release with the operators and the front-end that models of version 2 need.
  static let firstVersion = "2024.7.0"

  let manifest: LenientManifest
  /// File name without its folder.
  let file: String
  let input: CheckInput
  let firmware: TargetProfile.Firmware

  static func findings(
    _ input: CheckInput, _ firmware: TargetProfile.Firmware
  ) -> [Finding] {
    guard let manifest = input.manifest else { return [] }
    let check = ManifestCheck(
      manifest: manifest.content, file: manifest.file.lastPathComponent, input: input,
      firmware: firmware)
    guard firmware.contract == .esphome else { return [check.notRead] + check.model }
    return manifest.content.problems.map(check.problem) + check.kind + check.texts + check.model
      + check.cutoff + check.window + check.step + check.arena + check.release
  }

  func finding(
    _ severity: Finding.Severity, _ code: FindingCode, _ key: String, line: Int, _ message: String,
    help: String
  ) -> Finding {
    Finding(severity, code, at: "\(file):\(line) \(key)", message, help: help)
  }

  private var notRead: Finding {
    Finding(
      .note, .manifestNotRead, at: file,
      "\(firmware.release) reads no manifest; the model was checked, and its arena against tensor_arena_size",
      help: "")
  }

  // MARK: - Structure

  private func problem(_ problem: LenientManifest.Problem) -> Finding {
    let (key, line) = (problem.key, problem.line)
    switch problem.fault {
    case .missing:
      return finding(
        .error, .manifestMissingKey, key, line: line, "the key is missing",
        help: "ESPHome refuses the manifest without naming the key; add it")
    case .unknown(let allowed):
      return finding(
        .error, .manifestUnknownKey, key, line: line,
        "ESPHome does not know this key and refuses the manifest (its message blames `micro_wake_word`)",
        help: "remove it; known here are \(allowed.joined(separator: ", "))")
    case .duplicate:
      return finding(
        .warning, .manifestDuplicateKey, key, line: line,
        "the key stands twice; the last one counts",
        help: "remove one of them")
    case .wrongType(let expected, let found):
      return finding(
        .error, .manifestWrongType, key, line: line, "found \(found), expected \(expected)",
        help: "write \(expected)")
    case .fractionOfInteger(let text):
      return finding(
        .warning, .manifestWrongType, key, line: line,
        "found \(text), expected an integer; ESPHome lets it pass and writes it into the C++ code as it is",
        help: "remove the fraction")
    case .textForList(let text):
      return finding(
        .warning, .manifestLanguages, key, line: line,
        "\"\(text.prefix(40))\" is no list; ESPHome lets it pass and takes every letter for a language",
        help: "write [\"\(text.prefix(40))\"]")
    }
  }

  private var kind: [Finding] {
    var result: [Finding] = []
    if let type = manifest.type, type.value != "micro" {
      result.append(
        finding(
          .error, .manifestKind, "type", line: type.line,
          "the type is \"\(type.value.prefix(40))\", ESPHome knows \"micro\" only",
          help: "write \"micro\""))
    }
    if let version = manifest.version {
      if manifest.isLegacy {
        result.append(
          finding(
            .note, .manifestLegacy, "version", line: version.line,
            "version 1: ESPHome takes an arena of \(manifest.tensorArenaSize?.value ?? 0) bytes and steps of "
              + "\(manifest.featureStepSize?.value ?? 0) ms, whatever the model needs",
            help: "write a manifest of version 2 to say both"))
      } else if version.value != 2 {
        result.append(
          finding(
            .error, .manifestVersion, "version", line: version.line,
            "version \(version.value), ESPHome knows 1 and 2", help: "write 2"))
      }
    }
    return result
  }

  // MARK: - Texts

  private var texts: [Finding] {
    var result: [Finding] = []
    for (key, field) in [("wake_word", manifest.wakeWord), ("author", manifest.author)] {
      guard let field, field.value.allSatisfy(\.isWhitespace) else { continue }
      result.append(
        finding(
          .warning, .manifestText, key, line: field.line, "the text is empty",
          help: "Home Assistant shows it to people"))
    }
    if let website = manifest.website, !Self.isAddress(website.value) {
      result.append(
        finding(
          .error, .manifestWebsite, "website", line: website.line,
          "\"\(website.value.prefix(80))\" has no scheme with a host, which ESPHome asks for",
          help: manifest.isLegacy
            ? "write an address such as https://example.com/"
            : "write an address such as https://example.com/, or remove the key"))
    }
    if let languages = manifest.trainedLanguages,
      languages.value.isEmpty || languages.value.contains(where: \.isEmpty)
    {
      result.append(
        finding(
          .warning, .manifestLanguages, "trained_languages", line: languages.line,
          "there is no language", help: "write codes such as [\"en\"]"))
    }
    return result
  }

  private static func isAddress(_ text: String) -> Bool {
    let url = URLComponents(string: text)
    return url?.scheme?.isEmpty == false && url?.host?.isEmpty == false
  }

  // MARK: - Model

  private var model: [Finding] {
    guard let name = manifest.model else { return [] }
    let shown = "`\(name.value.prefix(120))`"
    switch input.model {
    case .missing:
      return [
        finding(
          .error, .modelMissing, "model", line: name.line,
          "\(shown) is not beside the manifest"
            + (firmware.contract == .esphome ? "; ESPHome stops with a Python traceback" : ""),
          help: "put it there, or write the name of the file that is there")
      ]
    case .outside:
      return [
        finding(
          .error, .modelOutside, "model", line: name.line,
          "\(shown) is outside the folder of the manifest and was not read",
          help: "put the model beside the manifest, so that both can be published together")
      ]
    case .unnamed:
      return [
        finding(
          .error, .modelMissing, "model", line: name.line, "the name is empty",
          help: "write the name of the .tflite beside the manifest")
      ]
    case .bytes:
      let (model, own) = (Self.stem(name.value.lastPathComponent), Self.stem(file))
      guard model != own else { return [] }
      return [
        finding(
          .warning, .modelName, "model", line: name.line,
          "manifest and model have different names, `\(own)` and `\(model)`",
          help: "check that this is the model of this wake word")
      ]
    }
  }

  private static func stem(_ name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}
