import RouseNumerics

/// An array that is read, written and read again has the same bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  withInput(data, count) { bytes in
    guard let array = try? NPYArray(bytes: bytes) else { return }
    let written = array.bytes
    precondition((try? NPYArray(bytes: written))?.bytes == written, "the array differs")
  }
}
