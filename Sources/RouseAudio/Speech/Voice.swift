/// One voice of an installed speech program.
package struct Voice: Hashable, Sendable {
  package enum Program: String, Hashable, Sendable {
    case espeak = "espeak-ng"
    case flite
  }

  package let program: Program
  /// What the program calls it: `en-us+f3`, `slt`.
  package let name: String

  package init(_ program: Program, _ name: String) {
    self.program = program
    self.name = name
  }

  /// Who is speaking, whatever the accent: `espeak-f3`, `flite-slt`.
  ///
  /// Variants that only add a number to a name (`Gene`, `Gene2`) are one speaker: they are edits of one voice. Names of a
  /// single letter (`f1`, `m3`) are different voices by design.
  package var speaker: String {
    guard program == .espeak else { return "flite-\(name)" }
    guard let plus = name.firstIndex(of: "+") else { return "espeak-plain" }
    let variant = name[name.index(after: plus)...]
    let family = variant.prefix { !$0.isNumber }
    let speaker = family.count > 1 ? family : variant
    return "espeak-" + speaker.lowercased().map { $0 == " " ? "-" : String($0) }.joined()
  }
}

/// How a voice speaks.
package struct SpeechStyle: Hashable, Sendable {
  /// Relative to the voice's own: 2 is twice as fast.
  package var speed: Float
  /// Relative to the voice's own.
  package var pitch: Float

  package init(speed: Float = 1, pitch: Float = 1) {
    self.speed = speed
    self.pitch = pitch
  }
}
