import RouseFormats

/// What `rouse inspect` makes of a file of either format: content, sizes that add up, text, JSON, picture.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  withInput(data, count) { bytes in
    for format in ModelInspection.Format.allCases {
      guard let model = try? ModelInspection.read(bytes, as: format) else { continue }
      sink(InspectionText(model).text)
      sink(model.json)
      sink(try? InspectionDrawing(model).svg())
    }
  }
}
