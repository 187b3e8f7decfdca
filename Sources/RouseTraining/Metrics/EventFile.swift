import CTensorBoard

/// The bytes of a TensorBoard event file: first its version, then an event for each scalar.
///
/// A record is the length of the event (8 bytes), the masked `CRC32C` of those bytes, the event as protobuf, and its
/// masked `CRC32C`; numbers are little-endian. The time of an event is its step in seconds: with the clock in it, the
/// same run would not give the same bytes.
///
/// - Source: TensorFlow, `tensorflow/core/lib/io/record_writer.h`; `Sources/CTensorBoard/event_subset.proto`.
package enum EventFile {
  /// What an event file begins with.
  package static var head: [UInt8] { record(version("brain.Event:2")) }

  /// Events of one step of training.
  package static func events(of record: TrainingRecord) -> [UInt8] {
    record.curves.enumerated().flatMap { index, curve in
      let group = index < TrainingRecord.trainingCurves ? "training" : "validation"
      return self.record(
        scalar("\(group)/\(curve.name)", Float(curve.value), step: record.step))
    }
  }

  private static func version(_ text: String) -> [UInt8] {
    var event = Rouse__Tensorboard__Event()
    rouse__tensorboard__event__init(&event)
    return text.withCString { text in
      // The library only reads what it packs.
      event.file_version = UnsafeMutablePointer(mutating: text)
      return pack(&event)
    }
  }

  private static func scalar(_ tag: String, _ value: Float, step: Int) -> [UInt8] {
    var event = Rouse__Tensorboard__Event()
    rouse__tensorboard__event__init(&event)
    event.has_wall_time = 1
    event.wall_time = Double(step)
    event.has_step = 1
    event.step = Int64(step)
    var summary = Rouse__Tensorboard__Summary()
    rouse__tensorboard__summary__init(&summary)
    var entry = Rouse__Tensorboard__Summary__Value()
    rouse__tensorboard__summary__value__init(&entry)
    entry.has_simple_value = 1
    entry.simple_value = value
    // All of the tree lies on the stack and lives until it is packed.
    return tag.withCString { tag in
      entry.tag = UnsafeMutablePointer(mutating: tag)
      return withUnsafeMutablePointer(to: &entry) { entry in
        var entries: UnsafeMutablePointer<Rouse__Tensorboard__Summary__Value>? = entry
        return withUnsafeMutablePointer(to: &entries) { entries in
          summary.n_value = 1
          summary.value = entries
          return withUnsafeMutablePointer(to: &summary) { summary in
            event.summary = summary
            return pack(&event)
          }
        }
      }
    }
  }

  private static func pack(_ event: inout Rouse__Tensorboard__Event) -> [UInt8] {
    let size = rouse__tensorboard__event__get_packed_size(&event)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = rouse__tensorboard__event__pack(&event, buffer.baseAddress)
      precondition(count == size, "protobuf-c packed another size than it promised")
    }
  }

  private static func record(_ event: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(event.count))
    return length + bytes(CRC32C.masked(length)) + event + bytes(CRC32C.masked(event))
  }

  private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
