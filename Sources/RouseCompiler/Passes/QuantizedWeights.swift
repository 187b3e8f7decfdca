/// Weights as they were quantized last, so that passes that quantize one network after the other pay only for the layers
/// that change.
struct QuantizedWeights {
  /// Weights and the channels that they go through in runs of `inner` elements.
  struct Filter: Equatable {
    var values: [Float]
    var channels: Int
    var inner: Int

    /// Calls `body` with every run of elements of one channel.
    fileprivate func forEachRun(_ body: (_ channel: Int, _ elements: Range<Int>) -> Void) {
      for start in stride(from: 0, to: values.count, by: inner) {
        body(start / inner % channels, start..<start + inner)
      }
    }
  }

  private struct Entry {
    var filter: Filter
    var largest: [Float]
    var scales: [Float] = []
    var codes: [Int8] = []
  }

  private var entries: [String: Entry] = [:]

  /// `max |w|` of each channel.
  mutating func largest(of filter: Filter, named name: String) -> [Float] {
    if let known = entries[name], known.filter == filter { return known.largest }
    var largest = [Float](repeating: 0, count: filter.channels)
    filter.forEachRun { channel, elements in
      for index in elements {
        largest[channel] = max(largest[channel], abs(filter.values[index]))
      }
    }
    entries[name] = Entry(filter: filter, largest: largest)
    return largest
  }

  /// `round(w / scale)` in −127…127, half away from zero.
  mutating func codes(of filter: Filter, scales: [Float], named name: String) -> [Int8] {
    if let known = entries[name], known.filter == filter, known.scales == scales {
      return known.codes
    }
    var codes = [Int8](repeating: 0, count: filter.values.count)
    filter.forEachRun { channel, elements in
      let scale = Double(scales[channel])
      for index in elements {
        let real = max(-127, min(127, Double(filter.values[index]) / scale))
        // Half away from zero: a quotient of two floats is never so close below a half that adding rounds it up.
        codes[index] = Int8(real + (real < 0 ? -0.5 : 0.5))
      }
    }
    entries[name] = Entry(
      filter: filter, largest: largest(of: filter, named: name), scales: scales, codes: codes)
    return codes
  }
}
