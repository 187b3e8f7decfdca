import RouseAudio

/// A recording that the corpus names and that cannot be used.
public struct SkippedClip: Error, Hashable, Sendable {
  public enum Reason: Hashable, Sendable {
    /// It cannot be decoded.
    case audio(AudioError)
    /// No speech could be found in it: silence, or shorter than any word.
    case noSpeech
  }

  public var name: String
  public var reason: Reason

  package init(name: String, reason: Reason) {
    self.name = name
    self.reason = reason
  }
}
