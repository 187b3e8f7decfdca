import CKernels

/// An int8 layer whose result at one position is a product of a matrix and one run of memory:
/// `y[p, o] = clamp(rescale(bias[o] + Σ_k x[p · step + k] · w[o, k]))`.
///
/// - Shapes: `w` `[results, row]`, `y` `[positions, results]`; positions may overlap.
/// - Rounding: `ChannelMultipliers`.
package struct DenseLayer: Sendable {
  private let weights: [Int16]
  /// The weights once more, in the order in which the kernel reads them.
  private let paired: [Int16]
  private let bias: [Int32]
  private let multipliers: ChannelMultipliers
  private let row: Int

  /// - Parameters:
  ///   - weights: without their zero point.
  ///   - bias: with the share of the input's zero point.
  /// - Returns: nil on processors that have no such kernel.
  package init?(_ weights: [Int16], row: Int, bias: [Int32], _ multipliers: ChannelMultipliers) {
    guard rouse_int8_has_layers(), row > 0 else { return nil }
    let results = bias.count
    precondition(weights.count == results * row && multipliers.count == results)
    let count = results / 8 * 8 * ((row + 1) / 2 * 2)
    paired = [Int16](unsafeUninitializedCapacity: count) { paired, written in
      // Nothing is written for fewer than eight results, and then there may be no memory.
      if let target = paired.baseAddress {
        rouse_int8_pair_rows(weights, Int64(results), Int64(row), target)
      }
      written = count
    }
    self.weights = weights
    self.bias = bias
    self.multipliers = multipliers
    self.row = row
  }

  /// Reads from place `input` of the memory on and writes from `output` on.
  package func run(
    _ memory: inout MutableSpan<Int8>, from input: Int, step: Int, positions: Int, to output: Int
  ) {
    guard positions > 0, !bias.isEmpty else { return }
    precondition(
      input >= 0 && step >= 0 && input + (positions - 1) * step + row <= memory.count,
      "reads outside the memory")
    precondition(
      output >= 0 && output + positions * bias.count <= memory.count, "writes outside the memory")
    memory.withUnsafeMutableBufferPointer { memory in
      // Not empty, so it has an address, which is valid until the closure returns.
      guard let base = memory.baseAddress else { return }
      multipliers.withRescaling { rescaling in
        rouse_int8_dense(
          base + input, Int64(step), Int64(positions), weights, paired, Int64(bias.count),
          Int64(row), bias, rescaling, base + output)
      }
    }
  }
}

/// An int8 layer with one filter for each channel:
/// `y[p, c] = clamp(rescale(bias[c] + Σ_t x[p · step + t · row + c] · w[t, c]))`.
///
/// - Shapes: `w` `[taps, channels]`, `y` `[positions, channels]`.
/// - Rounding: `ChannelMultipliers`.
package struct DepthwiseLayer: Sendable {
  private let weights: [Int16]
  /// The weights once more, in the order in which the kernel reads them.
  private let paired: [Int16]
  private let bias: [Int32]
  private let multipliers: ChannelMultipliers
  private let taps: Int

  /// - Parameters:
  ///   - weights: without their zero point.
  ///   - bias: with the share of the input's zero point.
  /// - Returns: nil on processors that have no such kernel.
  package init?(_ weights: [Int16], taps: Int, bias: [Int32], _ multipliers: ChannelMultipliers) {
    guard rouse_int8_has_layers(), taps > 0 else { return nil }
    let channels = bias.count
    precondition(weights.count == channels * taps && multipliers.count == channels)
    let count = channels / 16 * 16 * ((taps + 1) / 2 * 2)
    paired = [Int16](unsafeUninitializedCapacity: count) { paired, written in
      // Nothing is written for fewer than sixteen channels, and then there may be no memory.
      if let target = paired.baseAddress {
        rouse_int8_pair_taps(weights, Int64(taps), Int64(channels), target)
      }
      written = count
    }
    self.weights = weights
    self.bias = bias
    self.multipliers = multipliers
    self.taps = taps
  }

  /// Reads from place `input` of the memory on, taps `row` elements apart, and writes from `output` on.
  package func run(
    _ memory: inout MutableSpan<Int8>, from input: Int, step: Int, positions: Int, row: Int,
    to output: Int
  ) {
    guard positions > 0, !bias.isEmpty else { return }
    precondition(
      input >= 0 && step >= 0 && row >= 0
        && input + (positions - 1) * step + (taps - 1) * row + bias.count <= memory.count,
      "reads outside the memory")
    precondition(
      output >= 0 && output + positions * bias.count <= memory.count, "writes outside the memory")
    memory.withUnsafeMutableBufferPointer { memory in
      // Not empty, so it has an address, which is valid until the closure returns.
      guard let base = memory.baseAddress else { return }
      multipliers.withRescaling { rescaling in
        rouse_int8_depthwise(
          base + input, Int64(step), Int64(positions), Int64(row), weights, paired, Int64(taps),
          Int64(bias.count), bias, rescaling, base + output)
      }
    }
  }
}

extension ChannelMultipliers {
  /// Calls `body` with the multipliers as C takes them, which are valid until it returns.
  fileprivate func withRescaling(_ body: (UnsafePointer<rouse_rescaling>) -> Void) {
    multipliers.withUnsafeBufferPointer { multipliers in
      lefts.withUnsafeBufferPointer { lefts in
        rights.withUnsafeBufferPointer { rights in
          var rescaling = rouse_rescaling(
            multipliers: multipliers.baseAddress, lefts: lefts.baseAddress,
            rights: rights.baseAddress, zero_point: zeroPoint, low: low, high: high)
          body(&rescaling)
        }
      }
    }
  }
}
