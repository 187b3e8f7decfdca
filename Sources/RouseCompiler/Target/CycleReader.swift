import RouseIR
import RouseTraining

/// Reads the cost of operators: `cycles` as they were measured on the chip, and for what was not measured there,
/// `instructions` that were counted on another processor times `cycles.perInstruction`.
enum CycleReader {
  private static let tables = ["perMac", "perRequantization", "perCopiedByte"]
  private static let numbers = ["perNode", "perFrame"]

  static func cycles(_ root: LayeredYAML) throws(TrainingError) -> TargetProfile.Cycles {
    let cycles = try root.mapping("cycles", keys: tables + numbers + ["perInstruction"])
    let instructions = try root.optionalMapping("instructions", keys: tables + numbers)
    let reader = Sections(cycles: cycles, instructions: instructions)
    return .init(
      perMac: try reader.table("perMac"), perRequantization: try reader.table("perRequantization"),
      perCopiedByte: try reader.table("perCopiedByte"), perNode: try reader.number("perNode"),
      perFrame: try reader.number("perFrame"))
  }

  private struct Sections {
    var cycles: LayeredYAML
    var instructions: LayeredYAML

    func number(_ key: String) throws(TrainingError) -> TargetProfile.Fact<Double> {
      try number(key, cycles, instructions)
    }

    /// Facts by operator; `other` must be there.
    func table(_ key: String) throws(TrainingError) -> [String: TargetProfile.Fact<Double>] {
      let names = TFLiteBuiltin.allCases.map(\.schemaName) + [TargetProfile.Cycles.other]
      let measured = try cycles.optionalMapping(key, keys: names)
      let counted = try instructions.optionalMapping(key, keys: names)
      var result: [String: TargetProfile.Fact<Double>] = [:]
      for name in names
      where measured.has(name) || counted.has(name) || name == TargetProfile.Cycles.other {
        result[name] = try number(name, measured, counted)
      }
      return result
    }

    private func number(
      _ key: String, _ measured: LayeredYAML, _ counted: LayeredYAML
    ) throws(TrainingError) -> TargetProfile.Fact<Double> {
      if measured.has(key) || !counted.has(key) { return try measured.number(key) }
      let count = try counted.number(key)
      let factor = try cycles.number("perInstruction")
      return .init(
        count.value * factor.value,
        source: "\(count.source), times \(factor.value) cycles per instruction: \(factor.source)",
        place: count.place)
    }
  }
}
