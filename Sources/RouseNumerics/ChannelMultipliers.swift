import CKernels

/// One fixed-point multiplier for each output channel, laid out for a loop over channels.
///
/// `y[k] = clamp(sum[k] · real[k] + zeroPoint)`, bit for bit as `FixedPointMultiplier.apply` rounds it
/// (`FixedPointMultiplierTests.channelMultipliersAreTheSame`).
public struct ChannelMultipliers: Hashable, Sendable {
  let multipliers: [Int32]
  let lefts: [Int32]
  let rights: [Int32]
  let zeroPoint: Int32
  let low: Int32
  let high: Int32

  /// - Parameters:
  ///   - zeroPoint: Of the result.
  ///   - range: Results are limited to it; within int8.
  public init(
    _ channels: [FixedPointMultiplier], zeroPoint: Int32, range: ClosedRange<Int32>
  ) {
    precondition(range.lowerBound >= -128 && range.upperBound <= 127, "results are int8")
    precondition(
      channels.allSatisfy { $0.multiplier >= 0 && (-31...31).contains($0.shift) },
      "multipliers are those of `FixedPointMultiplier(_: Double)`")
    multipliers = channels.map(\.multiplier)
    lefts = channels.map { max($0.shift, 0) }
    rights = channels.map { max(-$0.shift, 0) }
    self.zeroPoint = zeroPoint
    low = range.lowerBound
    high = range.upperBound
  }

  public var count: Int { multipliers.count }

  /// Rescales the first `count` sums, which belong to the channels from `channel` on, to `results[position…]`.
  public func rescale(
    _ sums: borrowing Span<Int32>, count: Int, channel: Int,
    into results: inout MutableSpan<Int8>, at position: Int
  ) {
    guard count > 0 else { return }
    precondition(channel >= 0 && channel + count <= multipliers.count, "no such channel")
    precondition(count <= sums.count, "reads outside the sums")
    precondition(position >= 0 && position + count <= results.count, "writes outside the results")
    multipliers.withUnsafeBufferPointer { multipliers in
      lefts.withUnsafeBufferPointer { lefts in
        rights.withUnsafeBufferPointer { rights in
          sums.withUnsafeBufferPointer { sums in
            results.withUnsafeMutableBufferPointer { results in
              // None is empty, so each has an address; all live until the call returns.
              guard let sums = sums.baseAddress, let results = results.baseAddress,
                let multipliers = multipliers.baseAddress, let lefts = lefts.baseAddress,
                let rights = rights.baseAddress
              else { return }
              rouse_int8_rescale(
                sums, multipliers + channel, lefts + channel, rights + channel, Int64(count),
                zeroPoint, low, high, results + position)
            }
          }
        }
      }
    }
  }
}
