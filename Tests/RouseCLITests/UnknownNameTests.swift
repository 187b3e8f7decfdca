import Testing

/// What a person reads who mistypes a board or a release.
@Suite struct UnknownNameTests {
  @Test(arguments: [
    (
      ["--firmware", "esphome-2026.1"],
      """
      error: the profile `esp32-s3-n16r8` has no firmware called `esphome-2026.1`
        note: firmware: ESPHome 2024.2.0, ESPHome 2024.7.0,
      """, "  help: did you mean `ESPHome 2026.10.0`?\n"
    ),
    (
      ["--firmware", "arduino"],
      "error: the profile `esp32-s3-n16r8` has no firmware called `arduino`\n",
      "  help: give a release from the list, such as `ESPHome 2026.10.0`\n"
    ),
    (
      ["--target", "esp32-s3-n16r9"],
      """
      error: there is no target called `esp32-s3-n16r9`
        note: targets: esp32, esp32-c3, esp32-c6,
      """, "  help: did you mean `esp32-s3-n16r8`?\n"
    ),
    (
      ["--target", "toaster"], "error: there is no target called `toaster`\n",
      "  help: give a name from the list, or the path of a .yaml file of your own\n"
    ),
  ])
  func namesTheNearestOne(_ arguments: [String], _ start: String, _ help: String) throws {
    // Names are looked up before any file is read.
    let outcome = try Program.run(["check", "none.tflite"] + arguments)
    #expect(outcome.status == 1 && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix(start), "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix(help), "\(outcome.errors)")
  }
}
