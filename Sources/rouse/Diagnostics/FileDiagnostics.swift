import Foundation
import RouseNumerics

extension FileError: Diagnosable {
  var diagnostic: Diagnostic {
    let what =
      switch operation {
      case .open, .read, .map, .status: "cannot read the file"
      case .create, .write, .sync, .close, .rename: "cannot write the file"
      case .remove: "cannot remove the file"
      }
    var result = Diagnostic(message: "\(what): \(String(cString: strerror(code)))", location: path)
    switch code {
    case ENOSPC, EDQUOT:
      result.notes = ["nothing was left behind"]
      result.help = "free some space or choose another output folder, then run the command again"
    case ENOENT where operation == .create: result.help = "make the folder first"
    case EACCES, EPERM: result.help = "check the permissions of the file and of its folder"
    default: break
    }
    return result
  }
}

extension NPYError: Diagnosable {
  var diagnostic: Diagnostic {
    switch self {
    case .notNPY: Diagnostic(message: "not an .npy file: it does not begin with \\x93NUMPY")
    case .unsupportedVersion(let major, let minor):
      Diagnostic(message: "found .npy version \(major).\(minor), expected 1.0 to 3.0")
    case .truncated(let offset, let needed, let available):
      Diagnostic(
        message: "the file ends too early: \(needed) bytes expected, \(available) found",
        location: "byte \(offset)")
    case .headerTooLong(let offset, let found, let limit):
      Diagnostic(
        message: "the header has \(found) bytes, expected at most \(limit)",
        location: "byte \(offset)")
    case .malformedHeader(let offset, let expected):
      Diagnostic(message: "expected \(expected) in the .npy header", location: "byte \(offset)")
    case .unsupportedType(let offset, let found):
      Diagnostic(
        message: "element type \(found) is not supported", location: "byte \(offset)",
        help: "convert it with numpy's `astype` to a little-endian integer or float32")
    case .fortranOrder(let offset):
      Diagnostic(
        message: "the array is column-major", location: "byte \(offset)",
        help: "save it with `numpy.ascontiguousarray`")
    case .shapeTooLarge(let offset):
      Diagnostic(message: "the shape has too many elements", location: "byte \(offset)")
    case .sizeMismatch(let offset, let expected, let found):
      Diagnostic(
        message: "the shape needs \(expected) bytes of data, the file has \(found)",
        location: "byte \(offset)")
    }
  }
}
