import RouseTraining

extension TargetProfile {
  /// The release that a person names: `esphome-2026.10`, `ESPHome 2026.10.0` or `2026.10.0`; of several that match, the
  /// newest.
  ///
  /// Case, spaces and hyphens do not count; a version may stop after any of its parts, and the name may be missing when
  /// a version is there.
  ///
  /// - Throws: `CompilerError.unknownFirmware` with the releases that exist.
  public func firmware(named name: String) throws(CompilerError) -> Firmware {
    let wanted = Self.words(name)
    let match = firmware.last { release in
      let words = Self.words(release.release)
      let version = words.drop { !$0.allSatisfy(\.isNumber) }
      return words.starts(with: wanted) || version.starts(with: wanted)
    }
    if let match, !wanted.isEmpty { return match }
    let releases = firmware.map(\.release)
    // Newest first, which wins when two are equally near.
    let names = firmware.reversed().map { Self.words($0.release).joined(separator: "-") }
    let nearest = EditDistance.nearest(to: wanted.joined(separator: "-"), among: names)
    throw .unknownFirmware(
      name: name, target: self.name,
      nearest: nearest.flatMap { names.firstIndex(of: $0) }.map { releases.reversed()[$0] },
      available: releases)
  }

  /// Kernels whose arenas matter to a user of this target, without repetition: the portable ones, those that its
  /// firmware links, and other versions of those, which the next build may link.
  public var kernelLibraries: [KernelLibrary] {
    let linked = firmware.flatMap(\.library.versions)
    return KernelLibrary.allCases.filter { $0 == .reference || linked.contains($0) }
  }

  /// `ESPHome 2026.10.0` -> `esphome`, `2026`, `10`, `0`.
  private static func words(_ text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }
}
