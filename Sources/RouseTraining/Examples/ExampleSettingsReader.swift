import RouseAudio

extension ExampleSettings {
  init(_ root: StrictYAML) throws(TrainingError) {
    let section = try root.mapping(
      "examples",
      keys: [
        "positive_streams", "negative_hours", "validation_hours", "word_end_ms",
        "speech_around_probability", "gated_probability", "isolated_fraction",
        "partial_word_fraction", "scrambled_fraction", "strange_speech", "hard_negatives",
        "renew_every",
      ])
    let varied = try root.mapping(
      "augmentation", keys: AugmentationSettings.keys + ["simulated_rooms"])
    self.init(
      positiveStreams: try section.int("positive_streams", 1...200_000),
      negativeHours: try section.number("negative_hours", 0.001...100),
      validationHours: try section.number("validation_hours", 0.001...100),
      wordEndMilliseconds: try section.interval("word_end_ms", -1000...1000),
      speechAroundProbability: try section.number("speech_around_probability", 0...1),
      partialWordFraction: try section.number("partial_word_fraction", 0...1),
      augmentation: try AugmentationSettings(varied),
      simulatedRooms: try varied.int("simulated_rooms", 0...1000))
    if section.has("gated_probability") {
      gatedProbability = try section.number("gated_probability", 0...1)
    }
    if section.has("isolated_fraction") {
      isolatedFraction = try section.number("isolated_fraction", 0...1)
    }
    if section.has("scrambled_fraction") {
      scrambledFraction = try section.number("scrambled_fraction", 0...1)
    }
    if section.has("strange_speech") { strangeSpeech = try StrangeSpeech(section) }
    if section.has("renew_every") { renewEvery = try section.int("renew_every", 0...10_000_000) }
    if section.has("hard_negatives") { hardNegatives = try HardNegativeSettings(section) }
  }
}

extension ExampleSettings.StrangeSpeech {
  fileprivate init(_ examples: StrictYAML) throws(TrainingError) {
    let section = try examples.mapping(
      "strange_speech",
      keys: ["speed_probability", "speed", "reversed_probability", "overlap_probability"])
    self.init()
    speedProbability = try section.number("speed_probability", 0...1)
    speed = try section.interval("speed", 0.3...3)
    reversedProbability = try section.number("reversed_probability", 0...1)
    overlapProbability = try section.number("overlap_probability", 0...1)
  }
}

extension ExampleSettings.HardNegativeSettings {
  fileprivate init(_ examples: StrictYAML) throws(TrainingError) {
    let section = try examples.mapping(
      "hard_negatives", keys: ["fraction", "search_every", "count"])
    self.init()
    fraction = try section.number("fraction", 0...1)
    searchEvery = try section.int("search_every", 1...1_000_000)
    count = try section.int("count", 1...1_000_000)
  }
}
