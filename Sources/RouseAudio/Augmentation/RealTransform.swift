import CFFTW
import Synchronization

/// `X[k] = Σ_n x[n] · e^(-2πi·k·n/size)` for `k` in `0...size/2`, and its inverse, by FFTW in single precision.
///
/// One transform may be used by many threads at a time, each with a `Workspace` of its own.
///
/// - Source: FFTW 3.3 manual, "Thread safety": only execution is safe, so every plan of this program is made here, under
///   one lock; `FFTW_ESTIMATE`, because a measured plan would differ from run to run.
package final class RealTransform: Sendable {
  package let size: Int
  private let plans: Plans

  /// FFTW's planner has global state of its own.
  private static let planner = Mutex(())

  /// - Precondition: `size` is positive. Products of 2, 3 and 5 are fast.
  package init(size: Int) {
    precondition(size > 0 && size <= Int(Int32.max))
    self.size = size
    let plans = Self.planner.withLock { _ in Plans(size: size) }
    guard let plans else { preconditionFailure("FFTW has no plan for \(size)") }
    self.plans = plans
  }

  deinit {
    Self.planner.withLock { _ in
      fftwf_destroy_plan(plans.forward)
      fftwf_destroy_plan(plans.inverse)
    }
  }

  /// Immutable once made; FFTW lets any number of threads execute one plan.
  private struct Plans: @unchecked Sendable {
    let forward: fftwf_plan
    let inverse: fftwf_plan

    init?(size: Int) {
      let workspace = Workspace(size: size)
      let count = Int32(size)
      guard
        let forward = fftwf_plan_dft_r2c_1d(
          count, workspace.samples, workspace.spectrum, rouse_fftw_estimate()),
        let inverse = fftwf_plan_dft_c2r_1d(
          count, workspace.spectrum, workspace.samples, rouse_fftw_estimate())
      else { return nil }
      self.forward = forward
      self.inverse = inverse
    }
  }

  /// Memory for one transform at a time, aligned as FFTW's plans expect.
  package final class Workspace {
    /// `size` samples. Valid while the workspace lives.
    package let samples: UnsafeMutablePointer<Float>
    /// `size / 2 + 1` pairs of real and imaginary part. Valid while the workspace lives.
    package let spectrum: UnsafeMutablePointer<fftwf_complex>
    package let size: Int

    package init(size: Int) {
      guard let samples = fftwf_alloc_real(size), let spectrum = fftwf_alloc_complex(size / 2 + 1)
      else { preconditionFailure("no memory for a transform of \(size)") }
      self.size = size
      self.samples = samples
      self.spectrum = spectrum
      samples.initialize(repeating: 0, count: size)
      spectrum.initialize(repeating: (0, 0), count: size / 2 + 1)
    }

    deinit {
      fftwf_free(samples)
      fftwf_free(spectrum)
    }
  }

  package func makeWorkspace() -> Workspace { Workspace(size: size) }

  /// Fills `workspace.spectrum` from `workspace.samples`, which keep their values.
  package func forward(_ workspace: Workspace) {
    precondition(workspace.size == size)
    fftwf_execute_dft_r2c(plans.forward, workspace.samples, workspace.spectrum)
  }

  /// Fills `workspace.samples` with `size` times the inverse transform of `workspace.spectrum`, which is overwritten.
  package func inverse(_ workspace: Workspace) {
    precondition(workspace.size == size)
    fftwf_execute_dft_c2r(plans.inverse, workspace.spectrum, workspace.samples)
  }
}
