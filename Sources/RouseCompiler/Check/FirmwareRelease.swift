extension TargetProfile.Firmware {
  /// `2026.10.0` of `ESPHome 2026.10.0`; nil when the release has no such number.
  var version: ReleaseVersion? {
    release.split(separator: " ").last.flatMap { ReleaseVersion(String($0)) }
  }

  /// True when the firmware tries `tensor_arena_size`, 1.5 and 2 times as much, and keeps the first that suffices.
  ///
  /// - Source: `probe_arena_size_` in `streaming_model.cpp` of ESPHome 2026.6.5 and 2026.10.0; 2025.12.0 has none and
  ///   takes the size as it is.
  var probesArena: Bool {
    guard contract == .esphome, let version, let first = ReleaseVersion("2026.6.0") else {
      return false
    }
    return version >= first
  }

  /// What the firmware tries, in order.
  func arenaSizes(_ stated: Int) -> [Int] {
    probesArena ? [stated, stated * 3 / 2, stated * 2].map { aligned($0, to: 16) } : [stated]
  }
}

/// A release such as `2026.10.0`, ordered by year, month and patch.
struct ReleaseVersion: Hashable, Comparable, CustomStringConvertible {
  var parts: [Int]

  /// nil unless there are three numbers; `2026.10.0b1` counts as `2026.10.0`.
  init?(_ text: String) {
    let fields = text.split(separator: ".", omittingEmptySubsequences: false)
    guard fields.count == 3 else { return nil }
    var parts: [Int] = []
    for field in fields {
      let digits = field.prefix { ("0"..."9").contains($0) }
      guard let number = Int(digits), digits.count <= 4 else { return nil }
      parts.append(number)
    }
    self.parts = parts
  }

  var description: String { parts.map(String.init).joined(separator: ".") }

  static func < (a: ReleaseVersion, b: ReleaseVersion) -> Bool {
    a.parts.lexicographicallyPrecedes(b.parts)
  }
}
