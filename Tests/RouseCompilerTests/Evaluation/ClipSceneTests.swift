import Foundation
import RouseAudio
import RouseCompiler
import RouseNumerics
import Testing

/// What is put around and under a clip.
@Suite struct ClipSceneTests {
  /// Half a second of nothing, a word of half a second, half a second of nothing.
  private var clip: [Int16] {
    (0..<24_000).map { index in
      (8_000..<16_000).contains(index)
        ? Int16(8_000 * sin(Double(index) * 0.3)) : Int16(index % 3) - 1
    }
  }

  private func noise() -> [Float] {
    var generator = SeededGenerator(seed: 3)
    return (0..<40_000).map { _ in generator.uniform(-0.5, 0.5) }
  }

  @Test func quietLiesAroundAClip() {
    let scene = ClipScenes(noises: [], seed: 1).scene(clip, .asRecorded, index: 0)
    #expect(scene.samples.count == 24_000 + 24_000 + 9_600)
    #expect(Array(scene.samples[24_000..<48_000]) == clip)
    #expect(scene.samples[..<24_000].allSatisfy { abs($0) <= 10 })
    #expect(scene.noise == nil)
    // Without any noise recording a noisy clip is the clip.
    let same = ClipScenes(noises: [], seed: 1).scene(clip, .noise(decibels: 10), index: 0)
    #expect(same.samples == scene.samples)
  }

  /// The ratio is that of the word's active level to the noise under it, within 0.1 dB.
  @Test(arguments: [Float(10), 0, -5])
  func noiseHasItsRatio(_ decibels: Float) {
    let scenes = ClipScenes(noises: [.init(name: "fan", samples: noise())], seed: 1)
    let plain = scenes.scene(clip, .asRecorded, index: 4)
    let noisy = scenes.scene(clip, .noise(decibels: decibels), index: 4)
    #expect(noisy.noise == "fan")
    let word = 24_000 + 8_000..<24_000 + 16_000
    func power(_ values: [Double]) -> Double {
      values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    }
    let signal = power(word.map { Double(plain.samples[$0]) })
    let under = power(word.map { Double(noisy.samples[$0]) - Double(plain.samples[$0]) })
    #expect(abs(10 * log10(signal / under) - Double(decibels)) < 0.1)
    // Noise lies under the quiet as well: the same power before the word.
    let before = power((0..<24_000).map { Double(noisy.samples[$0]) - Double(plain.samples[$0]) })
    #expect(abs(10 * log10(before / under)) < 0.3)
    // The same every time, another stretch of noise for another clip.
    #expect(scenes.scene(clip, .noise(decibels: decibels), index: 4).samples == noisy.samples)
    #expect(scenes.scene(clip, .noise(decibels: decibels), index: 5).samples != noisy.samples)
  }
}
