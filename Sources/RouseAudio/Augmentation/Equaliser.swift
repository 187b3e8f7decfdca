import Glibc
import RouseNumerics

/// The colour of a microphone and its case: two shelves and five bells at random frequencies, each up or down.
///
/// The bands are those of a simple studio equaliser, an octave and more apart; each frequency moves by up to half an octave
/// within its band. Shelves of opposite sign tilt the whole spectrum.
package enum Equaliser {
  /// Hertz in the middle of each band. Loudspeakers and microphones of small devices begin near the lowest.
  private static let bands = [110.0, 250, 560, 1200, 2500, 4800]
  /// Above it the high shelf begins; it and its half octave stay below 8 kHz.
  private static let highShelf = 5000.0
  /// An octave and a half between the points of half the gain.
  private static let q = 0.9

  /// - Parameter decibels: each band's gain is drawn evenly from it.
  package static func apply(
    to x: inout [Float], decibels: ClosedRange<Float>, _ generator: inout SeededGenerator
  ) {
    func gain() -> Double {
      Double(generator.uniform(decibels.lowerBound, decibels.upperBound))
    }
    func near(_ hertz: Double) -> Double { hertz * exp2(Double(generator.uniform(-0.5, 0.5))) }
    var filters = [Biquad.lowShelf(hertz: near(bands[0]), decibels: gain())]
    filters += bands.dropFirst().map { .peak(hertz: near($0), q: q, decibels: gain()) }
    filters.append(.highShelf(hertz: near(highShelf), decibels: gain()))
    Biquad.apply(filters, to: &x)
  }
}
