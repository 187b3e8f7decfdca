import Glibc
import RouseNumerics

/// A band of the spectrum is missing: a comb of reflections, a resonance that swallows sound, a poor codec.
///
/// A notch at a frequency drawn evenly by octaves from 200 Hz to 4 kHz, where speech lives, half an octave to two wide
/// between the points of half the power.
package enum BandStop {
  package static func apply(to x: inout [Float], _ generator: inout SeededGenerator) {
    let hertz = 200 * exp2(Double(generator.unit()) * log2(20))
    let octaves = Double(generator.uniform(0.5, 2))
    // The edges lie at `hertz · 2^(±octaves/2)`.
    let q = 1 / (exp2(octaves / 2) - exp2(-octaves / 2))
    Biquad.apply([.notch(hertz: hertz, q: q)], to: &x)
  }
}
