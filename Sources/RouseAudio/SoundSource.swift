/// A recording of which a stretch can be had without holding all of it.
package protocol SoundSource: Sendable {
  var count: Int { get }

  /// Samples in `[-1, 1]`.
  ///
  /// - Precondition: `range` lies in `0..<count`.
  func floats(_ range: Range<Int>) -> [Float]
}

extension [Float]: SoundSource {
  package func floats(_ range: Range<Int>) -> [Float] { Array(self[range]) }
}
