import RouseCompiler

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  withInput(data, count) { bytes in
    // Files that are not UTF-8 are refused before the reader sees them.
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    sink(try? TargetProfile(yaml: text, file: "fuzz.yaml"))
  }
}
