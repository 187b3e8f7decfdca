/// `y[n] = Σ_k h[k] · x[n - k]` for `n` in `0..<x.count + h.count - 1`, by overlapping blocks of real transforms.
///
/// The spectrum of `h` is made once; `convolve` may run on many threads at a time. The result differs from the direct sum
/// by rounding: below `1e-6` of its peak (`ConvolverTests.equalsTheDirectSum`).
package final class Convolver: Sendable {
  package let count: Int
  private let transform: RealTransform
  private let spectrum: [SIMD2<Float>]

  /// - Precondition: `h` is not empty.
  package init(_ h: [Float]) {
    precondition(!h.isEmpty)
    count = h.count
    // Half of each block is new input: close to the best ratio for transforms of any length.
    var size = 512
    while size < 2 * h.count { size *= 2 }
    transform = RealTransform(size: size)
    let workspace = transform.makeWorkspace()
    h.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      workspace.samples.update(from: base, count: source.count)
    }
    transform.forward(workspace)
    // FFTW's inverse is not scaled; here it costs nothing.
    let scale = 1 / Float(size)
    spectrum = (0...size / 2).map {
      SIMD2(workspace.spectrum[$0].0, workspace.spectrum[$0].1) * scale
    }
  }

  package func convolve(_ x: [Float]) -> [Float] {
    guard !x.isEmpty else { return [] }
    var y = [Float](repeating: 0, count: x.count + count - 1)
    let workspace = transform.makeWorkspace()
    let step = transform.size - count + 1
    for start in stride(from: 0, to: x.count, by: step) {
      let length = min(step, x.count - start)
      for n in 0..<length { workspace.samples[n] = x[start + n] }
      for n in length..<transform.size { workspace.samples[n] = 0 }
      transform.forward(workspace)
      for (k, h) in spectrum.enumerated() {
        let (re, im) = workspace.spectrum[k]
        workspace.spectrum[k] = (re * h.x - im * h.y, re * h.y + im * h.x)
      }
      transform.inverse(workspace)
      for n in 0..<min(transform.size, y.count - start) { y[start + n] += workspace.samples[n] }
    }
    return y
  }
}
