/// How much a demonstration corpus holds.
package struct DemoCounts: Hashable, Sendable {
  package var positives = 600
  package var nearMisses = 400
  package var otherSpeech = 500
  /// Minutes of ambient speech of test speakers, over `ambientStreams` files.
  package var ambientMinutes = 20.0
  package var ambientStreams = 4
  /// Half as many files, as long each, are spoken by validation speakers: the operating point is chosen on them.
  var validationStreams: Int { max(1, ambientStreams / 2) }
  var allStreams: Int { ambientStreams + validationStreams }
  var secondsPerStream: Double { ambientMinutes * 60 / Double(ambientStreams) }
  package var rooms = 16
  /// Seconds of each noise file.
  package var noiseSeconds = 30.0

  package init() {}
}

/// Which part of the work may hear a speaker.
enum DemoSplit: String, CaseIterable, Sendable {
  case train, validation, test

  /// Of the speakers and of the clips.
  var share: Double {
    switch self {
    case .train: 0.7
    case .validation: 0.1
    case .test: 0.2
    }
  }
}
