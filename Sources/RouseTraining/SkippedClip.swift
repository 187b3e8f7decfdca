import RouseAudio

/// A recording that the corpus names and that cannot be used.
public struct SkippedClip: Error, Hashable, Sendable {
  public enum Reason: Hashable, Sendable {
    /// It cannot be decoded.
    case audio(AudioError)
    /// Every sample is 0.
    case silent
    /// So many samples at 16 kHz: not enough for one row of features.
    case tooShort(Int)
    /// No word stands out of the background of a positive recording.
    case noSpeech
  }

  public var name: String
  public var reason: Reason

  package init(name: String, reason: Reason) {
    self.name = name
    self.reason = reason
  }
}
