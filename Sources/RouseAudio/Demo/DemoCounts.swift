/// How much a demonstration corpus holds.
package struct DemoCounts: Hashable, Sendable {
  package var positives = 600
  package var nearMisses = 400
  package var otherSpeech = 500
  /// Minutes of ambient speech, over `ambientStreams` files.
  package var ambientMinutes = 20.0
  package var ambientStreams = 4
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
