import CProtobufC

/// Owns every C allocation of one protobuf-c message tree.
///
/// Pointers that it hands out are valid while the arena lives. A tree built here must never go to
/// `…__free_unpacked`, which would free the blocks a second time; default strings are shared constants of the library.
final class ProtobufArena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  /// A message with its defaults, then changed by `fill`.
  func message<Message>(
    _ initialize: (UnsafeMutablePointer<Message>) -> Void, _ fill: (inout Message) -> Void
  ) -> UnsafeMutablePointer<Message> {
    let pointer = allocate(Message.self, count: 1)
    initialize(pointer)
    fill(&pointer.pointee)
    return pointer
  }

  /// A copy of `values`; nil when there are none, as the library expects for empty repeated fields.
  func array<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeMutablePointer<Element>? {
    guard !values.isEmpty else { return nil }
    let pointer = allocate(Element.self, count: values.count)
    for (index, value) in values.enumerated() { (pointer + index).initialize(to: value) }
    return pointer
  }

  /// The pointer array of a repeated message or string field.
  func pointers<Pointee>(
    _ values: [UnsafeMutablePointer<Pointee>]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Pointee>?>? {
    array(values.map(Optional.some))
  }

  /// A NUL-terminated copy.
  ///
  /// - Precondition: `text` holds no NUL, which C would take for its end.
  func string(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = text.utf8.map { CChar(bitPattern: $0) }
    precondition(!bytes.contains(0), "a name holds a NUL")
    let pointer = allocate(CChar.self, count: bytes.count + 1)
    for (index, byte) in bytes.enumerated() { pointer[index] = byte }
    pointer[bytes.count] = 0
    return pointer
  }

  func bytes(_ values: [UInt8]) -> ProtobufCBinaryData {
    ProtobufCBinaryData(len: values.count, data: array(values))
  }

  private func allocate<Element>(
    _: Element.Type, count: Int
  ) -> UnsafeMutablePointer<Element> {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<Element>.stride * count, alignment: MemoryLayout<Element>.alignment)
    blocks.append(raw)
    return raw.bindMemory(to: Element.self, capacity: count)
  }
}
