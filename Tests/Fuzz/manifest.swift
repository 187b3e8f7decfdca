import RouseFormats

/// A manifest of Rouse that is read, written and read again is the same; one of other people is read to its end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  withInput(data, count) { bytes in
    sink(try? LenientManifestReader.read(bytes))
    guard let manifest = try? ESPHomeManifestReader.read(bytes),
      let text = try? ESPHomeManifestWriter.write(manifest)
    else { return }
    precondition((try? ESPHomeManifestReader.read(Array(text.utf8))) == manifest, "it differs")
  }
}
