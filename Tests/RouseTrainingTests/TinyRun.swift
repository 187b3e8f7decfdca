import Foundation
import RouseAudio
import RouseNumerics
import RouseTraining
import Testing

/// A corpus and a preset that a debug build trains on in seconds.
enum TinyRun {
  /// A corpus of chirps: the wake word rises, everything else falls. Four speakers of each.
  static func corpus(in folder: TemporaryFolder) throws -> Corpus {
    var generator = SeededGenerator(seed: 11)
    for speaker in 0..<4 {
      for take in 0..<2 {
        for (name, from, to) in [("word", 500.0, 2500.0), ("other", 2500, 500)] {
          let pitch = 1 + 0.1 * Double(speaker) + 0.02 * Double(take)
          let chirp = (0..<6400).map { index -> Float in
            let t = Double(index) / 16000
            let phase = 2 * Double.pi * pitch * (from * t + (to - from) * t * t / 0.8)
            return Float(0.4 * sin(phase))
          }
          let samples = Timing.padded(chirp, before: 4800, after: 4800, &generator)
          let path = "\(folder.path)/\(name)/s\(speaker)/\(take).wav"
          try folder.write("\(name)/s\(speaker)/keep.txt", "")
          try AudioFile.write(AudioClip(samples: samples), to: path, format: .wav)
        }
      }
    }
    try folder.write("word/s0/broken.wav", "not sound")
    try folder.write("long/keep.txt", "")
    let hum = (0..<20_000).map { _ in generator.uniform(-0.05, 0.05) }
    try AudioFile.write(
      AudioClip(samples: hum), to: folder.path + "/long/hum.wav", format: .wav)
    let yaml = """
      wake_word: "rise: up"
      seed: 5
      sources:
        - {role: positive, folder: word}
        - {role: negative, folder: other}
        - {role: ambient, folder: long}
      """
    return try Corpus(file: try folder.write("corpus.yaml", yaml))
  }

  static func preset() throws -> Preset {
    var yaml = try Preset(named: "demo").source
    for (old, new) in [
      ("clip_ms: 1500", "clip_ms: 300"), ("first_conv_filters: 32", "first_conv_filters: 4"),
      ("[64, 64, 64, 64]", "[6, 6]"), ("[[5], [7, 11], [9, 15], [23]]", "[[3], [3, 5]]"),
      ("positive_streams: 3000", "positive_streams: 6"),
      ("negative_hours: 2", "negative_hours: 0.005"),
      ("validation_hours: 0.5", "validation_hours: 0.003"), ("batch: 128", "batch: 16"),
      ("steps: 2500", "steps: 24"), ("warm_up_steps: 100", "warm_up_steps: 4"),
      ("validate_every: 250", "validate_every: 6"), ("simulated_rooms: 24", "simulated_rooms: 1"),
      ("clips: 300", "clips: 3"), ("sliding_window: 5", "sliding_window: 2"),
      ("search_every: 500", "search_every: 8"),
    ] {
      #expect(yaml.contains(old))
      yaml = yaml.replacingOccurrences(of: old, with: new)
    }
    return try Preset(yaml: yaml, file: "tiny.yaml")
  }

  /// The same with everything in use that a checkpoint has to carry: two phases, masks, dropout, patience, AdamW,
  /// streams that are renewed.
  static func fullPreset() throws -> Preset {
    var yaml = try preset().source
    for (old, new) in [
      ("validate_every: 6", "validate_every: 2\n  checkpoint_every: 1\n  keep_checkpoints: 2"),
      (
        "  optimizer: adamw\n",
        """
            - {steps: 9, learning_rate: 0.01, final_learning_rate: 0.001, warm_up_steps: 0, schedule: step,
               decay_steps: 3, positive_weight: 1, negative_weight: 1, time_masks: 1, time_mask_rows: 5}
          optimizer: adamw
          focal_gamma: 1
          patience: 9

        """
      ),
      ("negative_weight: 2", "negative_weight: 2\n      patience: 3"),
      ("  hard_negatives:", "  renew_every: 7\n  hard_negatives:"),
    ] {
      #expect(yaml.contains(old))
      yaml = yaml.replacingOccurrences(of: old, with: new)
    }
    return try Preset(yaml: yaml, file: "full.yaml")
  }
}

extension RunFolder {
  /// Everything in the folder, by its path below it.
  func files() throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      let file = "\(path)/\(name)"
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder),
        !isFolder.boolValue
      else { continue }
      found[name] = try Data(contentsOf: URL(fileURLWithPath: file))
    }
    return found
  }
}
