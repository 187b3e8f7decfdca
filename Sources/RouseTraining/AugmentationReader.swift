import RouseAudio

/// The `augmentation` section of a preset.
extension AugmentationSettings {
  /// Keys that every preset has.
  private static let required = [
    "speed_probability", "speed", "room_probability", "noise_probability", "snr_db",
    "coloured_noise_share", "gain_db",
  ]
  /// Keys that may be left out: what they vary then stays as it is.
  private static let optional = [
    "stretch_probability", "stretch", "pitch_probability", "pitch_semitones", "hiss_probability",
    "hiss_db", "equaliser_probability", "equaliser_db", "band_stop_probability",
    "soft_clip_probability", "soft_clip_drive", "full_scale_probability", "full_scale_db",
  ]
  static let keys = required + optional

  init(_ section: StrictYAML) throws(TrainingError) {
    self.init()
    speedProbability = Float(try section.number("speed_probability", 0...1))
    speed = try section.floats("speed", 0.5...2)
    roomProbability = Float(try section.number("room_probability", 0...1))
    noiseProbability = Float(try section.number("noise_probability", 0...1))
    snrDecibels = try section.floats("snr_db", -20...100)
    colouredNoiseShare = Float(try section.number("coloured_noise_share", 0...1))
    gainDecibels = try section.floats("gain_db", -60...40)

    try section.set(&stretchProbability, "stretch_probability")
    try section.set(&stretch, "stretch", 0.5...2)
    try section.set(&pitchProbability, "pitch_probability")
    try section.set(&pitchSemitones, "pitch_semitones", -12...12)
    try section.set(&hissProbability, "hiss_probability")
    try section.set(&hissDecibels, "hiss_db", -20...100)
    try section.set(&equaliserProbability, "equaliser_probability")
    try section.set(&equaliserDecibels, "equaliser_db", -24...24)
    try section.set(&bandStopProbability, "band_stop_probability")
    try section.set(&softClipProbability, "soft_clip_probability")
    try section.set(&softClipDrive, "soft_clip_drive", 0.01...20)
    try section.set(&fullScaleProbability, "full_scale_probability")
    try section.set(&fullScaleDecibels, "full_scale_db", -60...40)
  }
}

extension StrictYAML {
  fileprivate func floats(
    _ key: String, _ range: ClosedRange<Double>
  ) throws(TrainingError) -> ClosedRange<Float> {
    let interval = try interval(key, range)
    return Float(interval.lowerBound)...Float(interval.upperBound)
  }

  /// Sets a probability that may be left out.
  fileprivate func set(_ probability: inout Float, _ key: String) throws(TrainingError) {
    if has(key) { probability = Float(try number(key, 0...1)) }
  }

  /// Sets a range that may be left out.
  fileprivate func set(
    _ range: inout ClosedRange<Float>, _ key: String, _ limits: ClosedRange<Double>
  ) throws(TrainingError) {
    if has(key) { range = try floats(key, limits) }
  }
}
