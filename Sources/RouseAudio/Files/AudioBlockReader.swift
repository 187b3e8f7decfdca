/// A sound file as a sequence of blocks at one sample rate, with bounded memory for any length of file.
///
/// ```swift
/// let reader = try AudioFile.blocks("night.flac")
/// while let block = try reader.next() { detector.process(block) }
/// ```
/// Blocks differ in length. Joined they are what `AudioFile.read` returns.
package final class AudioBlockReader {
  package let sampleRate: Int
  /// Samples that all blocks hold together when the header is right; nil when the format does not say. For progress only.
  package let declaredSamples: Int?

  private let file: SoundFile
  private var resampler: Resampler?
  private var ended = false

  init(_ path: String, sampleRate: Int) throws(AudioError) {
    precondition(SoundFile.sampleRates.contains(sampleRate))
    file = try SoundFile(path: path)
    self.sampleRate = sampleRate
    let ratio = Double(sampleRate) / Double(file.sampleRate)
    declaredSamples = file.declaredFrames.map { Int((min(Double($0), 0x1p52) * ratio).rounded()) }
    if file.sampleRate != sampleRate {
      resampler = Resampler(from: Double(file.sampleRate), to: Double(sampleRate))
    }
  }

  /// The next samples; nil at the end.
  ///
  /// - Throws: `.corrupt`, `.notFinite`, `.notNormalized`, `.noSamples`, and `.truncated` after the last block that
  ///   could be read.
  package func next() throws(AudioError) -> [Float]? {
    while !ended {
      if let block = try file.next() {
        guard let resampler else { return block }
        let output = resampler.process(block)
        if !output.isEmpty { return output }
      } else {
        ended = true
        if let rest = resampler?.finish(), !rest.isEmpty { return rest }
      }
    }
    return nil
  }
}
