import RouseIR
import RouseTraining

extension TargetProfile {
  /// Reads a profile and those that it extends; every key must be known and every fact must have its source.
  ///
  /// - Throws: `CompilerError.profile` with the file, the line and, for an unknown key, the nearest known one.
  public init(yaml: String, file: String) throws(CompilerError) {
    try self.init(yaml: yaml, file: file, isBuiltIn: false)
  }

  init(yaml: String, file: String, isBuiltIn: Bool) throws(CompilerError) {
    do {
      let documents = try ProfileLayers.documents(yaml, file: file, isBuiltIn: isBuiltIn)
      self = try TargetProfileReader.read(documents)
    } catch {
      throw .profile(error)
    }
  }
}

private enum TargetProfileReader {
  /// Sizes in bytes stay below 4 GiB: these are 32-bit processors.
  static let bytes = 0...Int(UInt32.max)

  static func read(_ documents: [StrictYAML]) throws(TrainingError) -> TargetProfile {
    let root = LayeredYAML(documents)
    let profile = TargetProfile(
      // A profile that extends another is another board: its name is never inherited.
      name: try documents[0].text("name"), file: documents[0].file, chip: try root.text("chip"),
      cEnums: try root.choice("cEnums", TargetProfile.EnumWidth.self),
      clockHertz: try root.int("clockHertz", 1_000_000...10_000_000_000), flash: try flash(root),
      memory: try memory(root), time: try time(root), cycles: try CycleReader.cycles(root),
      firmware: try FirmwareReader.firmware(root))
    try checkSizes(profile, root)
    return profile
  }

  // MARK: - Sections

  private static let flashKeys = [
    "sizeBytes", "appPartitionBytes", "interpreterBytes", "frontEndBytes", "applicationBytes",
  ]

  private static func flash(_ root: LayeredYAML) throws(TrainingError) -> TargetProfile.Flash {
    let section = try root.mapping("flash", keys: flashKeys)
    return .init(
      sizeBytes: try section.int("sizeBytes", bytes),
      appPartitionBytes: try section.int("appPartitionBytes", bytes),
      interpreterBytes: try section.int("interpreterBytes", bytes),
      frontEndBytes: try section.int("frontEndBytes", bytes),
      applicationBytes: try section.int("applicationBytes", bytes))
  }

  private static let memoryKeys = [
    "internalBytes", "internalFreeBytes", "psramBytes", "psramFreeBytes", "arenaPlacement",
    "tensorArenaBytes", "variableArenaBytes", "interpreterObjectBytes", "frontEndStateBytes",
    "ringBufferBytes", "taskStackBytes", "slidingWindowBytes", "resourceVariables",
  ]

  private static func memory(_ root: LayeredYAML) throws(TrainingError) -> TargetProfile.Memory {
    let section = try root.mapping("memory", keys: memoryKeys)
    return .init(
      internalBytes: try section.int("internalBytes", bytes),
      internalFreeBytes: try section.int("internalFreeBytes", bytes),
      psramBytes: try section.int("psramBytes", bytes),
      psramFreeBytes: try section.int("psramFreeBytes", bytes),
      arenaPlacement: try section.choice("arenaPlacement", TargetProfile.Placement.self),
      tensorArenaBytes: try section.int("tensorArenaBytes", bytes),
      variableArenaBytes: try section.int("variableArenaBytes", bytes),
      interpreterObjectBytes: try section.int("interpreterObjectBytes", bytes),
      frontEndStateBytes: try section.int("frontEndStateBytes", bytes),
      ringBufferBytes: try section.int("ringBufferBytes", bytes),
      taskStackBytes: try section.int("taskStackBytes", bytes),
      slidingWindowBytes: try section.int("slidingWindowBytes", bytes),
      resourceVariables: try section.int("resourceVariables", 0...65_535))
  }

  private static func time(_ root: LayeredYAML) throws(TrainingError) -> TargetProfile.Time {
    let section = try root.mapping(
      "time", keys: ["frameMicroseconds", "maximumLoadPercent", "estimateErrorPercent"])
    return .init(
      frameMicroseconds: try section.int("frameMicroseconds", 1...1_000_000),
      maximumLoadPercent: try section.int("maximumLoadPercent", 1...100),
      estimateErrorPercent: try section.int("estimateErrorPercent", 0...1000))
  }

  // MARK: - Checks

  /// Parts cannot be larger than the whole.
  private static func checkSizes(
    _ profile: TargetProfile, _ root: LayeredYAML
  ) throws(TrainingError) {
    let flash = try root.mapping("flash", keys: flashKeys)
    let memory = try root.mapping("memory", keys: memoryKeys)
    let pairs = [
      (flash, "appPartitionBytes", profile.flash.appPartitionBytes, profile.flash.sizeBytes),
      (memory, "internalFreeBytes", profile.memory.internalFreeBytes, profile.memory.internalBytes),
      (memory, "psramFreeBytes", profile.memory.psramFreeBytes, profile.memory.psramBytes),
    ]
    for (section, key, part, whole) in pairs where part.value > whole.value {
      throw try section.layer(of: key).wrong(
        key, expected: "at most \(whole.value)", found: "\(part.value)")
    }
    if profile.memory.arenaPlacement.value == .psram && profile.memory.psramBytes.value == 0 {
      throw try memory.layer(of: "arenaPlacement").wrong(
        "arenaPlacement", expected: "internal, without PSRAM", found: "psram")
    }
  }
}
