import CFFTW
import RouseNumerics

/// `y[n] = Σ_k h[k] · x[n - k]` for `n` in `0..<x.count + h.count - 1`, by blocks of real transforms.
///
/// `h` is cut into parts of one block, whose spectra are made once; the spectra of the last blocks of `x` are kept, so each
/// block of `y` costs two short transforms, whatever the length of `h`. `convolve` may run on many threads at a time. The
/// result differs from the direct sum by rounding: below `1e-6` of its peak (`ConvolverTests.equalsTheDirectSum`).
///
/// - Source: Stockham, "High-speed convolution and correlation", 1966 (overlap-save); Gardner, "Efficient convolution
///   without input-output delay", JAES 43(3), 1995 (parts of equal length).
package final class Convolver: Sendable {
  package let count: Int
  /// Spectra of the parts of `h`, one after another: each real part twice; each imaginary part negative, then positive.
  private let re: [Float]
  private let im: [Float]
  private let parts: Int

  /// Samples of a block. Transforms of twice as many fit the first cache, where they cost half of what long ones do.
  private static let block = 2048
  private static let transform = RealTransform(size: 2 * block)
  /// Floats of a spectrum.
  private static let width = 2 * (block + 1)

  /// - Precondition: `h` is not empty.
  package init(_ h: [Float]) {
    precondition(!h.isEmpty)
    count = h.count
    parts = (h.count + Self.block - 1) / Self.block
    let workspace = Self.transform.makeWorkspace()
    // FFTW's inverse is not scaled; here it costs nothing.
    let scale = 1 / Float(2 * Self.block)
    var re: [Float] = []
    var im: [Float] = []
    for part in 0..<parts {
      let first = part * Self.block
      workspace.load(h, from: first, count: min(Self.block, h.count - first))
      Self.transform.forward(workspace)
      for k in 0...Self.block {
        let (a, b) = workspace.spectrum[k]
        re += [a * scale, a * scale]
        im += [-b * scale, b * scale]
      }
    }
    self.re = re
    self.im = im
  }

  package func convolve(_ x: [Float]) -> [Float] {
    x.isEmpty ? [] : convolve(x, 0..<x.count + count - 1)
  }

  /// The part `range` of the convolution.
  ///
  /// - Precondition: `range` lies within `0..<x.count + count - 1`.
  package func convolve(_ x: [Float], _ range: Range<Int>) -> [Float] {
    precondition(range.lowerBound >= 0 && range.upperBound <= x.count + count - 1)
    guard !range.isEmpty else { return [] }
    let (block, width) = (Self.block, Self.width)
    let workspace = Self.transform.makeWorkspace()
    // The spectra of the last blocks of `x`; those before its beginning are 0.
    var history = [Float](repeating: 0, count: parts * width)
    var y: [Float] = []
    y.reserveCapacity(range.count)
    let firstNeeded = range.lowerBound / block
    for index in 0...(range.upperBound - 1) / block {
      workspace.load(x, from: (index - 1) * block, count: 2 * block)
      Self.transform.forward(workspace)
      let slot = index % parts
      workspace.storeSpectrum(in: &history, at: slot * width)
      guard index >= firstNeeded else { continue }
      workspace.clearSpectrum()
      for part in 0..<parts {
        let source = (index + parts - part) % parts
        workspace.addToSpectrum(history, at: source * width, re, im, at: part * width)
      }
      Self.transform.inverse(workspace)
      let first = max(range.lowerBound - index * block, 0)
      let end = min(range.upperBound - index * block, block)
      workspace.append(block + first..<block + end, to: &y)
    }
    return y
  }
}

extension RealTransform.Workspace {
  /// `samples[n] = x[first + n]` for `n < count`, 0 where `x` has none, and 0 from there on.
  fileprivate func load(_ x: [Float], from first: Int, count: Int) {
    let start = min(max(first, 0), x.count)
    let end = max(min(first + count, x.count), start)
    let before = end > start ? start - first : 0
    x.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress, end > start else {
        samples.update(repeating: 0, count: size)
        return
      }
      samples.update(repeating: 0, count: before)
      (samples + before).update(from: base + start, count: end - start)
      (samples + before + end - start).update(
        repeating: 0, count: size - before - (end - start))
    }
  }

  /// The spectrum as pairs of floats. Valid while the workspace lives.
  private var pairs: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: Float.self)
  }

  private var pairsCount: Int { size + 2 }

  fileprivate func storeSpectrum(in x: inout [Float], at offset: Int) {
    precondition(offset + pairsCount <= x.count)
    x.withUnsafeMutableBufferPointer { target in
      guard let base = target.baseAddress else { return }
      (base + offset).update(from: pairs, count: pairsCount)
    }
  }

  fileprivate func clearSpectrum() { pairs.update(repeating: 0, count: pairsCount) }

  /// Adds the product of the spectra at `first` of `x` and at `second` of `h`.
  fileprivate func addToSpectrum(
    _ x: [Float], at first: Int, _ re: [Float], _ im: [Float], at second: Int
  ) {
    precondition(first + pairsCount <= x.count && second + pairsCount <= re.count)
    precondition(re.count == im.count)
    x.withUnsafeBufferPointer { x in
      re.withUnsafeBufferPointer { re in
        im.withUnsafeBufferPointer { im in
          guard let x = x.baseAddress, let re = re.baseAddress, let im = im.baseAddress
          else { return }
          AudioKernels.multiplyAdd(
            x + first, re: re + second, im: im + second, to: pairs, count: pairsCount)
        }
      }
    }
  }

  fileprivate func append(_ range: Range<Int>, to y: inout [Float]) {
    y.append(contentsOf: UnsafeBufferPointer(start: samples + range.lowerBound, count: range.count))
  }
}
