import Glibc
import RouseNumerics

/// The impulse response of a box-shaped room.
///
/// `h(t) = δ(t) + Σ_i β^order_i · (r₀ / r_i) · δ(t - (r_i - r₀) / c) + A · g(t) · 10^(-3t / T60)`
///
/// Direct sound, the 24 mirror images of first and second order, and a tail of normal noise `g` that decays by 60 dB in
/// T60 and fades in until the mixing time. `A` gives direct and reverberant sound the ratio `(r_c / r₀)²`, where
/// `r_c = 0.057 · √(V / T60)` is the critical distance.
///
/// - Source: Allen and Berkley, "Image method for efficiently simulating small-room acoustics", JASA 65(4), 1979 (images);
///   Polack, "La transmission de l'énergie sonore dans les salles", 1988 (tail, mixing time of √V milliseconds); Kuttruff,
///   "Room Acoustics", chapter 5 (Sabine's formula, critical distance).
package struct SimulatedRoom: Hashable, Sendable {
  /// Metres per second in air of 20 °C.
  private static let speedOfSound = 343.0

  /// Extents in metres.
  package var size: SIMD3<Double>
  /// Seconds in which sound decays by 60 dB.
  package var t60: Double
  /// Metres from a corner.
  package var source: SIMD3<Double>
  package var microphone: SIMD3<Double>

  /// A room between 3 x 3 x 2.4 and 8 x 6 x 3.2 m (from a small kitchen to a large living room), speaker and microphone
  /// anywhere at least 0.5 m from walls and from each other.
  ///
  /// - Precondition: `t60` is positive.
  package init(t60: Double, _ generator: inout SeededGenerator) {
    precondition(t60 > 0)
    func between(_ low: SIMD3<Double>, _ high: SIMD3<Double>) -> SIMD3<Double> {
      low + (high - low) * SIMD3((0..<3).map { _ in Double(generator.unit()) })
    }
    self.t60 = t60
    size = between([3, 3, 2.4], [8, 6, 3.2])
    let margin = SIMD3(repeating: 0.5)
    microphone = between(margin, size - margin)
    repeat {
      source = between(margin, size - margin)
    } while Self.length(source - microphone) < 0.5
  }

  /// Metres between speaker and microphone.
  package var distance: Double { Self.length(source - microphone) }

  /// Metres at which direct and reverberant sound are equally strong.
  package var criticalDistance: Double { 0.057 * (size.x * size.y * size.z / t60).squareRoot() }

  /// The response at `sampleRate`; its first sample is the direct sound, of amplitude 1. It ends after T60.
  package func response(
    sampleRate: Int = AudioClip.standardSampleRate, _ generator: inout SeededGenerator
  ) -> [Float] {
    let rate = Double(sampleRate)
    var early = [Double](repeating: 0, count: max(2, Int(t60 * rate)))
    for image in images() {
      let position = (image.distance - distance) / Self.speedOfSound * rate
      let index = Int(position)
      guard index + 1 < early.count else { continue }
      let fraction = position - Double(index)
      early[index] += image.amplitude * (1 - fraction)
      early[index + 1] += image.amplitude * fraction
    }
    let mixing = (size.x * size.y * size.z).squareRoot() / 1000 * rate
    var tail = early.indices.map { n in
      Double(generator.normal()) * min(1, Double(n) / mixing) * pow(10, -3 * Double(n) / rate / t60)
    }
    tail[0] = 0

    func energy(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 } }
    let ratio = distance / criticalDistance
    // In a dry room the images alone may exceed the statistical energy; a tenth of it still goes to the tail.
    let wanted = max(ratio * ratio - energy(early), 0.1 * ratio * ratio)
    let gain = (wanted / max(energy(tail), .leastNormalMagnitude)).squareRoot()
    var response = zip(early, tail).map { Float($0 + gain * $1) }
    response[0] += 1
    return response
  }

  private struct Image {
    let distance: Double
    let amplitude: Double
  }

  /// Mirror images of the source after one and two reflections.
  private func images() -> [Image] {
    let surface = 2 * (size.x * size.y + size.y * size.z + size.z * size.x)
    // Sabine: T60 = 0.161 · V / (α · S). No wall takes all energy or none.
    let absorption = min(max(0.161 * size.x * size.y * size.z / (surface * t60), 0.01), 0.99)
    let reflection = (1 - absorption).squareRoot()
    var images: [Image] = []
    let orders = [0, -1, 1, -2, 2]
    for x in orders {
      for y in orders {
        for z in orders where (1...2).contains(abs(x) + abs(y) + abs(z)) {
          let position = SIMD3(mirrored(x, 0), mirrored(y, 1), mirrored(z, 2))
          let length = Self.length(position - microphone)
          let order = Double(abs(x) + abs(y) + abs(z))
          images.append(
            Image(distance: length, amplitude: pow(reflection, order) * distance / length))
        }
      }
    }
    return images
  }

  /// Coordinate of the source's image `order` rooms away along an axis: every second room is mirrored.
  private func mirrored(_ order: Int, _ axis: Int) -> Double {
    let inside = order % 2 == 0 ? source[axis] : size[axis] - source[axis]
    return Double(order) * size[axis] + inside
  }

  private static func length(_ v: SIMD3<Double>) -> Double { (v * v).sum().squareRoot() }
}
