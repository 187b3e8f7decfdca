import RouseCompiler
import RouseFormats

private let profiles = TargetCatalog.names.compactMap { try? TargetCatalog.profile($0) }

/// What `rouse check` says of a model on one of the boards, as values and as JSON.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  withInput(data, count) { bytes in
    precondition(!profiles.isEmpty, "no profile")
    let request = CheckRequest(
      inputs: [CheckInput(file: "fuzz.tflite", model: .bytes(bytes))],
      profile: profiles[count % profiles.count])
    guard let report = try? Check.report(request) else { return }
    sink(report.json)
  }
}
