import RouseFormats

/// `tensor_arena_size` against what TFLite Micro's allocator takes, for the kernel library of the firmware and for the
/// others that a build may pull in.
enum ArenaCheck {
  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    guard let arena = model.arena else { return [unknown(model)] }
    guard let stated = model.manifest?.tensorArenaSize?.value else {
      guard model.manifest == nil, model.firmware.contract == .esphome else { return [] }
      return [
        Finding(
          .note, .arenaNotStated, at: model.name,
          "no manifest was checked with this model",
          help: "write \"tensor_arena_size\": \(arena.recommendedBytes) into it")
      ]
    }
    // ManifestCheck has said what is wrong with such a size.
    guard (1...ESPHomeManifest.largestArena).contains(stated) else { return [] }
    return own(stated, arena, model) + others(stated, arena, model) + alignment(stated, model)
  }

  private static func unknown(_ model: ModelUnderCheck) -> Finding {
    var reason = "the model is inconsistent"
    if case .failure(.unplannable(let subgraph, let node, let tensor, let expected, let found)) =
      model.arenas.first(where: { $0.library == model.firmware.library })?.report
    {
      reason =
        "subgraph \(subgraph)" + (node.map { ", operator \($0)" } ?? "")
        + (tensor.map { ", tensor \($0)" } ?? "") + ": found \(found), expected \(expected)"
    }
    return Finding(
      .warning, .arenaUnknown, at: model.name, "the tensor arena cannot be computed: \(reason)",
      help:
        "AllocateTensors fails on a model that it cannot plan either; mend the other findings first"
    )
  }

  // MARK: - The firmware's library

  private static func own(
    _ stated: Int, _ arena: ArenaReport, _ model: ModelUnderCheck
  ) -> [Finding] {
    let missing = arena.minimumBytes - stated
    guard missing > 0 else { return [] }
    let place = place(model)
    let help = advice(arena, model)
    if let tried = model.firmware.arenaSizes(stated).first(where: { $0 >= arena.minimumBytes }) {
      return [
        Finding(
          .warning, .arenaProbed, at: place,
          "\(stated) bytes are \(missing) too few; \(model.firmware.release) finds that out by trial and then takes "
            + "\(tried), older releases do not start the model",
          help: help)
      ]
    }
    let tries =
      model.firmware.probesArena
      ? "; it tries \(model.firmware.arenaSizes(stated).map(String.init).joined(separator: ", ")) bytes and gives up"
      : "; it takes the size as it is"
    return [
      Finding(
        .error, .arenaTooSmall, at: place,
        "\(stated) bytes are \(missing) too few for \(model.firmware.library.rawValue) in "
          + "\(model.firmware.release)\(tries)" + log(stated, arena.library, model),
        help: help)
    ]
  }

  // MARK: - Other libraries

  private static func others(
    _ stated: Int, _ arena: ArenaReport, _ model: ModelUnderCheck
  ) -> [Finding] {
    model.arenas.compactMap { other in
      guard other.library != model.firmware.library, other.library != .reference,
        let report = try? other.report.get(), report.minimumBytes > max(stated, arena.minimumBytes)
      else { return nil }
      return Finding(
        .warning, .arenaTooSmallForLibrary, at: place(model),
        "with \(other.library.rawValue) the arena is \(report.minimumBytes - stated) bytes too small: it needs "
          + "\(report.minimumBytes)" + log(stated, other.library, model)
          + retry(stated, report, model),
        help:
          "keep the build at \(model.firmware.library.rawValue), or \(advice(report, model))")
    }
  }

  /// What a firmware that tries several sizes makes of it.
  private static func retry(
    _ stated: Int, _ report: ArenaReport, _ model: ModelUnderCheck
  ) -> String {
    let tried = model.firmware.arenaSizes(stated).first { $0 >= report.minimumBytes }
    return tried.map {
      "; \(model.firmware.release) would then try \($0) bytes and start, releases before 2026.6 would not"
    } ?? ""
  }

  /// What the device would print; heap blocks begin at 4 or 8 modulo 16.
  private static func log(
    _ stated: Int, _ library: KernelLibrary, _ model: ModelUnderCheck
  ) -> String {
    guard
      let head = try? ArenaModel(library: library, for: model.profile).headSpace(
        of: model.model, arenaBytes: stated, baseAddress: 8),
      head.available >= 0, head.available < head.requested
    else { return "" }
    return ". The device would log: Failed to resize buffer. Requested: \(head.requested), "
      + "available \(head.available), missing: \(head.requested - head.available)"
  }

  private static func alignment(_ stated: Int, _ model: ModelUnderCheck) -> [Finding] {
    guard stated % 16 != 0 else { return [] }
    return [
      Finding(
        .note, .arenaUnaligned, at: place(model),
        "\(stated) is no multiple of 16; up to \(stated % 16) bytes at the end are never used")
    ]
  }

  private static func advice(_ arena: ArenaReport, _ model: ModelUnderCheck) -> String {
    model.firmware.contract == .esphome
      ? "write \"tensor_arena_size\": \(arena.recommendedBytes)"
      : "give the interpreter an arena of \(arena.recommendedBytes) bytes"
  }

  private static func place(_ model: ModelUnderCheck) -> String {
    guard let field = model.manifest?.tensorArenaSize else { return model.name }
    return model.manifestPlace("micro.tensor_arena_size", line: field.line)
  }
}
