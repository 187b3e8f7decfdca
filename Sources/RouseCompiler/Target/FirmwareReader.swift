import RouseIR
import RouseTraining

/// Reads the releases of a profile's firmware.
enum FirmwareReader {
  static func firmware(_ root: LayeredYAML) throws(TrainingError) -> [TargetProfile.Firmware] {
    let sets = try operatorSets(root)
    let substitutes = try root.optionalMapping(
      "kernelSubstitutes", keys: KernelLibrary.allCases.map(\.rawValue))
    var result: [TargetProfile.Firmware] = []
    for item in try root.layer(of: "firmware").mappings(
      "firmware", count: 1...100,
      keys: [
        "release", "contract", "interpreter", "kernelLibrary", "operatorSet", "faults", "source",
      ])
    {
      let name = try item.text("operatorSet")
      guard let set = sets.first(where: { $0.name == name }) else {
        throw item.wrong(
          "operatorSet", expected: "one of " + sets.map(\.name).joined(separator: ", "),
          found: "`\(name)`")
      }
      let library = try item.choice("kernelLibrary", KernelLibrary.self)
      let substitute =
        substitutes.has(library.rawValue)
        ? try substitutes.choice(library.rawValue, KernelLibrary.self) : nil
      result.append(
        .init(
          release: try item.text("release"),
          contract: try item.choice("contract", TargetProfile.Firmware.Contract.self),
          interpreter: try item.text("interpreter"), library: substitute?.value ?? library,
          linkedLibrary: library,
          operators: set.operators, faults: try faults(item), source: try item.text("source")))
    }
    return try supported(result, root)
  }

  /// Releases from `firmwareSince` on: earlier ones could not be built for the chip. A profile that lists releases of its
  /// own knows better than the chip that it extends.
  private static func supported(
    _ firmware: [TargetProfile.Firmware], _ root: LayeredYAML
  ) throws(TrainingError) -> [TargetProfile.Firmware] {
    guard root.has("firmwareSince"), !root.states("firmware", above: "firmwareSince") else {
      return firmware
    }
    let first = try root.text("firmwareSince").value
    guard let index = firmware.firstIndex(where: { $0.release == first }) else {
      throw try root.layer(of: "firmwareSince").wrong(
        "firmwareSince", expected: "one of " + firmware.map(\.release).joined(separator: ", "),
        found: "`\(first)`")
    }
    return Array(firmware[index...])
  }

  private static func operatorSets(
    _ root: LayeredYAML
  ) throws(TrainingError) -> [(name: String, operators: [String])] {
    let known = TFLiteBuiltin.allCases.map(\.schemaName)
    var result: [(name: String, operators: [String])] = []
    for item in try root.layer(of: "operatorSets").mappings(
      "operatorSets", count: 1...100, keys: ["name", "operators", "source"])
    {
      _ = try item.text("source")
      let operators = try item.texts("operators", count: 1...1000)
      if let unknown = operators.first(where: { !known.contains($0) }) {
        throw item.wrong(
          "operators", expected: "names of TFLite operators", found: "`\(unknown)`")
      }
      result.append((try item.text("name"), operators))
    }
    return result
  }

  private static func faults(_ item: StrictYAML) throws(TrainingError) -> [KernelFault] {
    var result: [KernelFault] = []
    for name in try item.texts("faults", count: 0...KernelFault.allCases.count) {
      guard let fault = KernelFault(rawValue: name) else {
        throw item.wrong(
          "faults",
          expected: "names of " + KernelFault.allCases.map(\.rawValue).joined(separator: ", "),
          found: "`\(name)`")
      }
      result.append(fault)
    }
    return result
  }
}
