import RouseRuntime

/// Finds the hits of ESPHome's detector in one stream, for any cutoff and window, without walking every step again.
///
/// Window sums do not depend on the cutoff, and when the detector leaves its deaf second does not depend on the window.
/// So the sums and their maxima over blocks are made once for each window, and a count of features below the cutoff once
/// for each cutoff; a hit is then the next sum above `cutoff · window` at or after the end of the deaf second. Whether
/// there is one at all, the largest sum from there on says.
///
/// - Source: `StreamingDetector`, to which `DetectionSweepTests` compares all counts.
struct HitSearch {
  private static let blockSize = 64

  private let probabilities: [UInt8]
  private let stride: Int
  /// The windows that may be asked for.
  private let windows: ClosedRange<Int>
  /// For each window, the sum that ends at each step.
  private let sums: [[UInt16]]
  /// For each window, the largest sum of each block of steps.
  private let maxima: [[UInt16]]
  /// For each window, the largest sum from each step on.
  private let peaks: [[UInt16]]
  /// The largest probability: no cutoff from there on has a hit.
  let highest: Int
  /// The cutoff that hits are searched for.
  private(set) var cutoff = 0
  /// Which probabilities there are: only those change anything from one cutoff to the next.
  private var occurs = [Bool](repeating: false, count: 256)
  /// Probabilities below the cutoff among the first `i`.
  private var below: [Int32]
  /// Where a fresh detector begins to hear with this cutoff.
  private var firstHearing: Int?

  init(
    _ probabilities: [UInt8], stride: Int, windows: ClosedRange<Int> = DetectionSweep.windows
  ) {
    self.probabilities = probabilities
    self.stride = stride
    self.windows = windows
    sums = Self.sums(probabilities, windows)
    maxima = sums.map(Self.blockMaxima)
    peaks = sums.map(Self.suffixMaxima)
    highest = Int(probabilities.max() ?? 0)
    below = [Int32](repeating: 0, count: probabilities.count + 1)
    firstHearing = nil
    for probability in probabilities { occurs[Int(probability)] = true }
  }

  /// Makes `cutoff` the one that hits are searched for.
  mutating func setCutoff(_ cutoff: Int) {
    let isSame = self.cutoff > 0 && cutoff == self.cutoff + 1 && !occurs[self.cutoff]
    self.cutoff = cutoff
    if isSame { return }
    var count: Int32 = 0
    for index in probabilities.indices {
      count &+= probabilities[index] < cutoff ? 1 : 0
      below[index + 1] = count
    }
    firstHearing = endOfDeafness(after: -1)
  }

  func hasHit(window: Int) -> Bool {
    guard let firstHearing else { return false }
    return Int(peaks[window - windows.lowerBound][firstHearing]) > cutoff * window
  }

  func countHits(window: Int) -> Int {
    guard fewestDeafSteps >= window else { return walk(window: window) }
    guard hasHit(window: window) else { return 0 }
    var count = 0
    var last = -1
    while let hit = nextHit(after: last, window: window) {
      count += 1
      last = hit
    }
    return count
  }

  /// The detector itself, for strides so long that the window still holds zeros when the deaf second ends.
  private func walk(window: Int) -> Int {
    guard let code = UInt8(exactly: cutoff) else { return 0 }
    return StreamingDetector.detections(
      in: probabilities, cutoff: code, window: window, stride: stride
    ).count
  }

  // MARK: - Search

  /// No detector hears again after fewer steps than this.
  private var fewestDeafSteps: Int {
    (StreamingDetector.deafFeatures + stride - 1) / stride
  }

  /// The first hit of a detector that was reset at step `last`; -1 is before the stream.
  private func nextHit(after last: Int, window: Int) -> Int? {
    guard let start = last < 0 ? firstHearing : endOfDeafness(after: last) else { return nil }
    let index = window - windows.lowerBound
    return Self.firstAbove(cutoff * window, from: start, sums[index], maxima[index])
  }

  /// The first step by which `deafFeatures` features were below the cutoff.
  ///
  /// Of the features of a step all but the last one see the probability of the step before, which is 0 after a reset.
  private func endOfDeafness(after last: Int) -> Int? {
    func features(_ step: Int) -> Int {
      let seen = Int(below[last + 1])
      return (stride - 1) * (1 + Int(below[step]) - seen) + Int(below[step + 1]) - seen
    }
    var low = last + fewestDeafSteps
    var high = probabilities.count - 1
    guard low <= high else { return nil }
    if features(low) >= StreamingDetector.deafFeatures { return low }
    guard features(high) >= StreamingDetector.deafFeatures else { return nil }
    while high - low > 1 {
      let middle = (low + high) / 2
      if features(middle) >= StreamingDetector.deafFeatures { high = middle } else { low = middle }
    }
    return high
  }

  private static func firstAbove(
    _ threshold: Int, from start: Int, _ sums: [UInt16], _ maxima: [UInt16]
  ) -> Int? {
    var step = start
    while step < sums.count {
      if step % blockSize == 0 {
        var block = step / blockSize
        while block < maxima.count && Int(maxima[block]) <= threshold { block += 1 }
        guard block < maxima.count else { return nil }
        step = block * blockSize
      }
      let end = min((step / blockSize + 1) * blockSize, sums.count)
      while step < end {
        if Int(sums[step]) > threshold { return step }
        step += 1
      }
    }
    return nil
  }

  // MARK: - Tables

  /// For each window the sum that ends at each step: that of the window before, and one more probability.
  private static func sums(
    _ probabilities: [UInt8], _ windows: ClosedRange<Int>
  ) -> [[UInt16]] {
    var sum = [UInt16](repeating: 0, count: probabilities.count)
    let sums = (1...windows.upperBound).map { window in
      let first = min(window - 1, sum.count)
      // Both buffers are as long as there are steps, and the subscripts below that.
      probabilities.withUnsafeBufferPointer { probabilities in
        sum.withUnsafeMutableBufferPointer { sum in
          for index in first..<sum.count {
            sum[index] &+= UInt16(probabilities[index &- first])
          }
        }
      }
      return sum
    }
    return Array(sums.dropFirst(windows.lowerBound - 1))
  }

  private static func suffixMaxima(_ sums: [UInt16]) -> [UInt16] {
    var result = sums
    var largest: UInt16 = 0
    for index in sums.indices.reversed() {
      largest = max(sums[index], largest)
      result[index] = largest
    }
    return result
  }

  private static func blockMaxima(_ sums: [UInt16]) -> [UInt16] {
    Swift.stride(from: 0, to: sums.count, by: blockSize).map { start in
      sums[start..<min(start + blockSize, sums.count)].max() ?? 0
    }
  }
}
