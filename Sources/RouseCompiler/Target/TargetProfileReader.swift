import RouseIR
import RouseTraining

extension TargetProfile {
  /// Reads a profile; every key must be known and every fact must have its source.
  ///
  /// - Throws: `CompilerError.profile` with the file, the line and, for an unknown key, the nearest known one.
  public init(yaml: String, file: String) throws(CompilerError) {
    do {
      self = try TargetProfileReader.read(yaml, file: file)
    } catch {
      throw .profile(error)
    }
  }
}

private enum TargetProfileReader {
  /// Sizes in bytes stay below 4 GiB: these are 32-bit processors.
  static let bytes = 0...Int(UInt32.max)

  static func read(_ yaml: String, file: String) throws(TrainingError) -> TargetProfile {
    let root = try StrictYAML(
      text: yaml, file: file,
      keys: [
        "name", "chip", "clockHertz", "flash", "memory", "time", "cycles", "operatorSets",
        "firmware",
      ])
    let profile = TargetProfile(
      name: try root.text("name"), file: file, chip: try text(root, "chip"),
      clockHertz: try int(root, "clockHertz", 1_000_000...10_000_000_000), flash: try flash(root),
      memory: try memory(root), time: try time(root), cycles: try cycles(root),
      firmware: try firmware(root, sets: operatorSets(root)))
    try checkSizes(profile, root)
    return profile
  }

  // MARK: - Sections

  private static func flash(_ root: StrictYAML) throws(TrainingError) -> TargetProfile.Flash {
    let section = try root.mapping(
      "flash",
      keys: [
        "sizeBytes", "appPartitionBytes", "interpreterBytes", "frontEndBytes", "applicationBytes",
      ])
    return .init(
      sizeBytes: try int(section, "sizeBytes", bytes),
      appPartitionBytes: try int(section, "appPartitionBytes", bytes),
      interpreterBytes: try int(section, "interpreterBytes", bytes),
      frontEndBytes: try int(section, "frontEndBytes", bytes),
      applicationBytes: try int(section, "applicationBytes", bytes))
  }

  private static func memory(_ root: StrictYAML) throws(TrainingError) -> TargetProfile.Memory {
    let section = try root.mapping(
      "memory",
      keys: [
        "internalBytes", "internalFreeBytes", "psramBytes", "psramFreeBytes", "arenaPlacement",
        "tensorArenaBytes", "variableArenaBytes", "interpreterObjectBytes", "frontEndStateBytes",
        "ringBufferBytes", "taskStackBytes", "slidingWindowBytes", "resourceVariables",
      ])
    return .init(
      internalBytes: try int(section, "internalBytes", bytes),
      internalFreeBytes: try int(section, "internalFreeBytes", bytes),
      psramBytes: try int(section, "psramBytes", bytes),
      psramFreeBytes: try int(section, "psramFreeBytes", bytes),
      arenaPlacement: try placement(section),
      tensorArenaBytes: try int(section, "tensorArenaBytes", bytes),
      variableArenaBytes: try int(section, "variableArenaBytes", bytes),
      interpreterObjectBytes: try int(section, "interpreterObjectBytes", bytes),
      frontEndStateBytes: try int(section, "frontEndStateBytes", bytes),
      ringBufferBytes: try int(section, "ringBufferBytes", bytes),
      taskStackBytes: try int(section, "taskStackBytes", bytes),
      slidingWindowBytes: try int(section, "slidingWindowBytes", bytes),
      resourceVariables: try int(section, "resourceVariables", 0...65_535))
  }

  private static func time(_ root: StrictYAML) throws(TrainingError) -> TargetProfile.Time {
    let section = try root.mapping("time", keys: ["frameMicroseconds", "maximumLoadPercent"])
    return .init(
      frameMicroseconds: try int(section, "frameMicroseconds", 1...1_000_000),
      maximumLoadPercent: try int(section, "maximumLoadPercent", 1...100))
  }

  private static func cycles(_ root: StrictYAML) throws(TrainingError) -> TargetProfile.Cycles {
    let section = try root.mapping(
      "cycles", keys: ["perMac", "perRequantization", "perCopiedByte", "perNode", "perFrame"])
    return .init(
      perMac: try table(section, "perMac"),
      perRequantization: try table(section, "perRequantization"),
      perCopiedByte: try table(section, "perCopiedByte"), perNode: try number(section, "perNode"),
      perFrame: try number(section, "perFrame"))
  }

  private static func operatorSets(
    _ root: StrictYAML
  ) throws(TrainingError) -> [(name: String, operators: [String])] {
    let known = TFLiteBuiltin.allCases.map(\.schemaName)
    var result: [(name: String, operators: [String])] = []
    for item in try root.mappings(
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

  private static func firmware(
    _ root: StrictYAML, sets: [(name: String, operators: [String])]
  ) throws(TrainingError) -> [TargetProfile.Firmware] {
    var result: [TargetProfile.Firmware] = []
    for item in try root.mappings(
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
      result.append(
        .init(
          release: try item.text("release"),
          contract: try item.choice("contract", TargetProfile.Firmware.Contract.self),
          interpreter: try item.text("interpreter"),
          library: try item.choice("kernelLibrary", KernelLibrary.self), operators: set.operators,
          faults: try faults(item), source: try item.text("source")))
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

  /// Parts cannot be larger than the whole.
  private static func checkSizes(
    _ profile: TargetProfile, _ root: StrictYAML
  ) throws(TrainingError) {
    let pairs = [
      ("flash.appPartitionBytes", profile.flash.appPartitionBytes, profile.flash.sizeBytes),
      ("memory.internalFreeBytes", profile.memory.internalFreeBytes, profile.memory.internalBytes),
      ("memory.psramFreeBytes", profile.memory.psramFreeBytes, profile.memory.psramBytes),
    ]
    for (key, part, whole) in pairs where part.value > whole.value {
      throw root.wrong(key, expected: "at most \(whole.value)", found: "\(part.value)")
    }
    if profile.memory.arenaPlacement.value == .psram && profile.memory.psramBytes.value == 0 {
      throw root.wrong("memory.arenaPlacement", expected: "internal, without PSRAM", found: "psram")
    }
  }

  // MARK: - Facts

  private static func fact(
    _ section: StrictYAML, _ key: String
  ) throws(TrainingError) -> (mapping: StrictYAML, source: String) {
    let mapping = try section.mapping(key, keys: ["value", "source"])
    return (mapping, try mapping.text("source"))
  }

  private static func int(
    _ section: StrictYAML, _ key: String, _ range: ClosedRange<Int>
  ) throws(TrainingError) -> TargetProfile.Fact<Int> {
    let (mapping, source) = try fact(section, key)
    return .init(try mapping.int("value", range), source: source)
  }

  private static func number(
    _ section: StrictYAML, _ key: String
  ) throws(TrainingError) -> TargetProfile.Fact<Double> {
    let (mapping, source) = try fact(section, key)
    return .init(try mapping.number("value", 0...1e9), source: source)
  }

  private static func text(
    _ section: StrictYAML, _ key: String
  ) throws(TrainingError) -> TargetProfile.Fact<String> {
    let (mapping, source) = try fact(section, key)
    return .init(try mapping.text("value"), source: source)
  }

  private static func placement(
    _ section: StrictYAML
  ) throws(TrainingError) -> TargetProfile.Fact<TargetProfile.Placement> {
    let (mapping, source) = try fact(section, "arenaPlacement")
    return .init(try mapping.choice("value", TargetProfile.Placement.self), source: source)
  }

  /// Facts by operator; `other` must be there.
  private static func table(
    _ section: StrictYAML, _ key: String
  ) throws(TrainingError) -> [String: TargetProfile.Fact<Double>] {
    let names = TFLiteBuiltin.allCases.map(\.schemaName) + [TargetProfile.Cycles.other]
    let mapping = try section.mapping(key, keys: names)
    var result: [String: TargetProfile.Fact<Double>] = [:]
    for name in names where mapping.has(name) || name == TargetProfile.Cycles.other {
      result[name] = try number(mapping, name)
    }
    return result
  }
}
