/// What holds for the models of one device only together.
enum TogetherCheck {
  static func findings(
    _ models: [CheckedModel], _ firmware: TargetProfile.Firmware
  ) -> [Finding] {
    // Other firmware may have a front-end for each model, and other ways to start.
    guard models.count > 1, firmware.contract == .esphome else { return [] }
    return steps(models) + words(models)
  }

  /// All models share one front-end.
  private static func steps(_ models: [CheckedModel]) -> [Finding] {
    let steps = models.compactMap { model in model.stepMilliseconds.map { (model.name, $0) } }
    guard let first = steps.first, let other = steps.first(where: { $0.1 != first.1 }) else {
      return []
    }
    return [
      Finding(
        .error, .stepsDiffer, at: other.0,
        "feature_step_size is \(other.1) ms here and \(first.1) ms in \(first.0); ESPHome refuses models of different "
          + "steps together", help: "use models of one step size")
    ]
  }

  private static func words(_ models: [CheckedModel]) -> [Finding] {
    guard models.allSatisfy({ $0.isVoiceActivity }) else { return [] }
    return [
      Finding(
        .warning, .noWakeWord, at: models[0].name,
        "all of these are voice activity models (wake_word \"vad\"); none hears a wake word",
        help: "check them together with a wake word's manifest")
    ]
  }
}
