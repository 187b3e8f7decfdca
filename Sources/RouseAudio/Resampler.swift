import CSoxr

/// Sample-rate conversion of one channel, block by block, by libsoxr.
///
/// - Quality: `SOXR_HQ`, linear phase, no delay between input and output. Its 20 bits exceed the 16 of any recording, and
///   unlike the higher qualities it runs one code path on every x86-64 processor, so the same file gives the same samples
///   on each.
/// - Length: `round(n · outputRate / inputRate)` samples within one (`ResamplerTests.lengthFollowsTheRate`).
/// - Blocks: the result does not depend on how the input was cut (`ResamplerTests.blocksEqualTheWhole`).
final class Resampler {
  private let handle: soxr_t
  private let ratio: Double

  /// - Precondition: rates are positive and finite.
  init(from inputRate: Double, to outputRate: Double) {
    precondition(inputRate > 0 && outputRate > 0 && (inputRate / outputRate).isFinite)
    var error: soxr_error_t?
    var quality = soxr_quality_spec(rouse_soxr_high_quality(), 0)
    var runtime = soxr_runtime_spec(1)
    guard let handle = soxr_create(inputRate, outputRate, 1, &error, nil, &quality, &runtime) else {
      preconditionFailure("libsoxr refuses \(inputRate) Hz to \(outputRate) Hz")
    }
    self.handle = handle
    ratio = outputRate / inputRate
  }

  deinit { soxr_delete(handle) }

  /// The output that `input` completes. Filters look ahead: the rest of it comes with later blocks or with `finish()`.
  func process(_ input: [Float]) -> [Float] {
    var output: [Float] = []
    output.reserveCapacity(Int(Double(input.count) * ratio) + 64)
    input.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      var used = 0
      while used < source.count {
        used += step(base + used, source.count - used, into: &output)
      }
    }
    return output
  }

  /// The last output; the resampler cannot be used after it.
  func finish() -> [Float] {
    var output: [Float] = []
    var before: Int
    repeat {
      before = output.count
      _ = step(nil, 0, into: &output)
    } while output.count > before
    return output
  }

  /// One call of `soxr_process`; returns the number of input samples it took. A null `input` means the end.
  private func step(_ input: UnsafePointer<Float>?, _ count: Int, into output: inout [Float]) -> Int
  {
    var taken = 0
    let capacity = 8192
    let block = [Float](unsafeUninitializedCapacity: capacity) { buffer, made in
      let error = soxr_process(handle, input, count, &taken, buffer.baseAddress, capacity, &made)
      precondition(error == nil, "libsoxr failed")
    }
    output.append(contentsOf: block)
    return taken
  }
}

extension AudioClip {
  /// The same sound at another rate; itself when the rate is the same.
  package func resampled(to rate: Int) -> AudioClip {
    guard rate != sampleRate else { return self }
    let resampler = Resampler(from: Double(sampleRate), to: Double(rate))
    return AudioClip(
      samples: resampler.process(samples) + resampler.finish(), sampleRate: rate)
  }
}
