import RouseFrontEnd

extension FrontEndError: Diagnosable {
  var diagnostic: Diagnostic {
    switch self {
    case .file(let error): error.diagnostic
    case .notAFeatureStore(let path):
      Diagnostic(message: "not a file of features", location: path, help: Self.again)
    case .unsupportedStoreVersion(let path, let found, let supported):
      Diagnostic(
        message: "features of version \(found), this program reads version \(supported)",
        location: path, help: Self.again)
    case .wrongChannels(let path, let found, let expected):
      Diagnostic(
        message: "feature rows of \(found) numbers, expected \(expected)", location: path,
        help: Self.again)
    case .wrongStoreSize(let path, let foundBytes, let expectedBytes):
      Diagnostic(
        message: "found \(foundBytes) bytes, its header says \(expectedBytes)", location: path,
        help: Self.again)
    case .corruptStore(let path, let part, let offset, let count):
      Diagnostic(
        message: "the checksum of the \(part.rawValue) is wrong",
        location: "\(path), bytes \(offset)..<\(offset + count)", help: Self.again)
    case .malformedTable(let path, let offset):
      Diagnostic(
        message: "the table of clips is not well formed", location: "\(path), byte \(offset)",
        help: Self.again)
    }
  }

  private static let again = "make the features again: `rouse train … --resume`"
}
