import RouseFormats

/// `rouse check`: will a model run on a board with a firmware, before anybody flashes it?
///
/// `CheckRequest -> CheckReport`. What is checked of each model stands in `CheckList`, of its manifest in
/// `ManifestCheck`, of flash, RAM and time in `BudgetCheck`, of several models in `TogetherCheck`.
public enum Check {
  /// - Throws: `CompilerError.unreadable` for bytes that are no TFLite file. Everything else is a finding.
  public static func report(_ request: CheckRequest) throws(CompilerError) -> CheckReport {
    var models: [CheckedModel] = []
    var counted: [Budget.Model] = []
    for input in request.inputs {
      let (model, budget) = try checked(input, request)
      models.append(model)
      if let budget { counted.append(budget) }
    }
    // A sum without one of its parts would be too small.
    let total = counted.count == models.count ? budget(counted, request) : nil
    return CheckReport(
      target: request.profile.name, firmware: request.firmware.release,
      kernelLibrary: request.firmware.library.rawValue, models: models,
      together: BudgetCheck.findings(total) + TogetherCheck.findings(models, request.firmware),
      budget: total)
  }

  private static func budget(_ models: [Budget.Model], _ request: CheckRequest) -> BudgetReport? {
    models.isEmpty
      ? nil
      : Budget.evaluate(models: models, profile: request.profile, firmware: request.firmware)
  }

  // MARK: - One model

  private static func checked(
    _ input: CheckInput, _ request: CheckRequest
  ) throws(CompilerError) -> (CheckedModel, Budget.Model?) {
    let manifest = input.manifest?.content
    var result = CheckedModel(
      name: (manifest != nil && input.hasNoModel ? input.manifest?.file : nil)?.lastPathComponent
        ?? input.file.lastPathComponent,
      manifest: input.manifest?.file.lastPathComponent, wakeWord: manifest?.wakeWord?.value,
      isVoiceActivity: manifest?.isVoiceActivity ?? false,
      stepMilliseconds: manifest?.featureStepSize?.value, fileBytes: nil,
      findings: ManifestCheck.findings(input, request.firmware), arenas: [], arena: nil,
      manifestArenaBytes: manifest?.tensorArenaSize?.value, resolution: nil,
      cutoffCode: manifest?.usableCutoff.map(ESPHomeManifest.code(ofCutoff:)), budget: nil)
    guard case .bytes(let bytes) = input.model else { return (result, nil) }
    result.fileBytes = bytes.count
    switch try read(bytes, input) {
    case .unsupported(let finding):
      result.findings.append(finding)
      return (result, nil)
    case .model(let model):
      let model = ModelUnderCheck(
        file: input.file, bytes: bytes.count, model: model, manifest: input.manifest,
        profile: request.profile, firmware: request.firmware)
      result.findings += CheckList.findings(model)
      result.arenas = model.arenas.compactMap { try? $0.report.get() }
      result.arena = model.arena
      result.resolution = model.resolution
      let counted = BudgetCheck.model(model)
      result.budget = counted.flatMap { budget([$0], request) }
      return (result, counted)
    }
  }

  private enum Reading {
    case model(TFLiteModel)
    /// The file is sound but uses what neither Rouse nor the firmware has.
    case unsupported(Finding)
  }

  private static func read(
    _ bytes: [UInt8], _ input: CheckInput
  ) throws(CompilerError) -> Reading {
    do {
      return .model(try TFLiteReader.read(bytes))
    } catch .unsupported(_, let offset, let feature) {
      let place = "\(input.file.lastPathComponent) byte \(offset)"
      let words = feature.split(separator: " ")
      if words.starts(with: ["schema", "version"]), let version = words.last {
        return .unsupported(ContractCheck.schema(String(version), at: place))
      }
      return .unsupported(
        Finding(
          .error, .unsupportedFeature, at: place,
          "the file uses \(feature), which the kernels for microcontrollers do not have",
          help: "convert the model again as full int8, without compression or 16-bit types"))
    } catch {
      throw .unreadable(file: input.file, error, resembles: FileResemblance(bytes))
    }
  }
}

extension CheckInput {
  fileprivate var hasNoModel: Bool {
    if case .bytes = model { false } else { true }
  }
}
