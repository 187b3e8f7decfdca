import RouseAudio

/// The samples of a clip, `[count]` at 16 kHz, 16 bits: a view of the clip store's file that costs nothing to copy.
///
/// `floats` is the quick way to many of them, also of a part: `clip.samples[a..<b].floats`. Single numbers and loops
/// work too, and are slower. A part keeps the indices of the whole, as an `ArraySlice` does.
package struct ClipSamples: RandomAccessCollection, Sendable {
  package let startIndex: Int
  package let endIndex: Int
  private let map: ScratchMap
  /// Byte of the map where sample 0 is.
  private let offset: Int

  init(_ map: ScratchMap, offset: Int, count: Int) {
    self.init(map, offset, 0..<count)
  }

  private init(_ map: ScratchMap, _ offset: Int, _ range: Range<Int>) {
    startIndex = range.lowerBound
    endIndex = range.upperBound
    self.map = map
    self.offset = offset
  }

  package subscript(position: Int) -> Int16 {
    precondition(position >= startIndex && position < endIndex, "sample outside the clip")
    return map[offset + 2 * position, as: Int16.self]
  }

  package subscript(range: Range<Int>) -> ClipSamples {
    precondition(range.lowerBound >= startIndex && range.upperBound <= endIndex, "outside the clip")
    return ClipSamples(map, offset, range)
  }

  /// In `[-1, 1)`: exactly `x / 32768`.
  package var floats: [Float] {
    map.withBytes(offset + 2 * startIndex..<offset + 2 * endIndex) { bytes in
      [Float](unsafeUninitializedCapacity: count) { buffer, made in
        for index in 0..<count {
          let sample = bytes.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self)
          buffer.initializeElement(at: index, to: Float(sample) / 32768)
        }
        made = count
      }
    }
  }
}

extension ClipSamples: SoundSource {
  package func floats(_ range: Range<Int>) -> [Float] { self[range].floats }
}
