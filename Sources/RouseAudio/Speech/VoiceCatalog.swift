import Dispatch
import Synchronization

/// The English voices that are installed and differ from each other.
package struct VoiceCatalog: Hashable, Sendable {
  /// Languages of eSpeak NG, as `espeak-ng -v` takes them.
  package let accents: [String]
  /// Variants of eSpeak NG, as they follow a `+`; the empty one is the plain voice.
  package let variants: [String]
  /// Voices of Flite; none when it is not installed.
  package let flite: [String]

  /// Accents of eSpeak NG 1.51 that are not MBROLA voices, which need data that is packaged apart.
  static let knownAccents = [
    "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd",
    "en-029", "en-us-nyc",
  ]
  /// Flite's general voices and their mean pitch in hertz (measured, Flite 2.2). `kal` is `kal16` at 8 kHz; `awb_time` can
  /// only tell the time.
  static let flitePitch: [String: Float] = ["kal16": 91, "awb": 131, "rms": 102, "slt": 172]

  /// Asks the programs, and has every variant of eSpeak NG speak one word: variants that sound the same are one, and
  /// silent ones are none.
  ///
  /// - Throws: `.missingProgram` when eSpeak NG is missing; `.noVoices` when it has no English.
  package static func installed(_ synthesizer: SpeechSynthesizer) throws(AudioError) -> VoiceCatalog
  {
    let list = try Subprocess.run("espeak-ng", ["--voices=en"])
    let installed = Set(
      lines(list).filter { !$0.contains(" mb/") }.compactMap { line -> String? in
        let fields = line.split(separator: " ")
        return fields.count > 1 ? String(fields[1]) : nil
      })
    let accents = knownAccents.filter(installed.contains)
    guard let accent = accents.first else { throw .noVoices(program: "espeak-ng") }
    let variants = variantNames(try Subprocess.run("espeak-ng", ["--voices=variant"]))
    return VoiceCatalog(
      accents: accents,
      variants: try distinct([""] + variants, accent: accent, synthesizer),
      flite: try fliteVoices())
  }

  /// All voices, in a fixed order.
  package var voices: [Voice] {
    accents.flatMap { accent in
      variants.map { Voice(.espeak, $0.isEmpty ? accent : "\(accent)+\($0)") }
    } + flite.map { Voice(.flite, $0) }
  }

  /// Names after `!v/` in the column of files, which may hold blanks; sorted by bytes.
  static func variantNames(_ list: String) -> [String] {
    let names = lines(list).compactMap { line -> String? in
      let parts = line.split(separator: "!v/", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      let name = parts[1].prefix { $0 != "(" }
      return String(name.reversed().drop { $0 == " " }.reversed())
    }
    return Set(names).sorted(by: AudioFolder.bytesBefore)
  }

  private static func lines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map(String.init)
  }

  private static func fliteVoices() throws(AudioError) -> [String] {
    do throws(AudioError) {
      let list = try Subprocess.run("flite", ["-lv"])
      let installed = Set(list.split { $0 == " " || $0.isNewline }.map(String.init))
      return flitePitch.keys.filter(installed.contains).sorted()
    } catch .missingProgram {
      return []
    }
  }

  /// Versions of the programs: other versions make other sound.
  package static func installedVersions() throws(AudioError) -> [String] {
    let espeak = try Subprocess.run("espeak-ng", ["--version"])
    // The line ends with where the data stands on this machine.
    let version = espeak.prefix { !$0.isNewline }.split(separator: " ").prefix { $0 != "Data" }
    return [version.joined(separator: " "), "flite " + (try fliteVersion())]
  }

  private static func fliteVersion() throws(AudioError) -> String {
    do throws(AudioError) {
      // Version 2.2 prints its version and exits with 1.
      let text = try Subprocess.run("flite", ["--version"], accepting: [0, 1])
      return lines(text).first { $0.contains("version:") } ?? ""
    } catch .missingProgram {
      return "none"
    }
  }

  /// Variants without those that sound like an earlier one or like nothing.
  private static func distinct(
    _ variants: [String], accent: String, _ synthesizer: SpeechSynthesizer
  ) throws(AudioError) -> [String] {
    let clips = try ParallelWork.map(variants.count) { (index) throws(AudioError) -> AudioClip? in
      let variant = variants[index]
      let voice = Voice(.espeak, variant.isEmpty ? accent : "\(accent)+\(variant)")
      do throws(AudioError) {
        return try synthesizer.speak("hey there", voice)
      } catch .noSamples {
        return nil
      }
    }
    var heard: Set<[Int16]> = []
    // -60 dB: 40 below the level at which these programs speak.
    return zip(variants, clips).compactMap { variant, clip in
      guard let clip, Level.activePower(clip.samples) > 1e-6 else { return nil }
      return heard.insert(clip.int16).inserted ? variant : nil
    }
  }
}
