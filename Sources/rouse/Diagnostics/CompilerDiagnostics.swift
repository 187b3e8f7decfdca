import ArgumentParser
import RouseCompiler

extension CompilerError: Diagnosable {
  var diagnostic: Diagnostic {
    switch self {
    case .profile(let error): error.diagnostic.with(note: "in a target profile")
    case .unknownTarget(let name, let nearest, let available):
      Diagnostic(
        message: "there is no target called `\(name)`",
        notes: ["targets: \(available.joined(separator: ", "))"],
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "give a name from the list, or the path of a .yaml file of your own")
    case .unknownFirmware(let name, let target, let nearest, let available):
      Diagnostic(
        message: "the profile `\(target)` has no firmware called `\(name)`",
        notes: ["firmware: \(available.joined(separator: ", "))"],
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "give a release from the list, such as `\(available.last ?? "")`")
    case .file(let error): error.diagnostic
    case .unplannable(let subgraph, let node, let tensor, let expected, let found):
      Diagnostic(
        message: "the memory of the model cannot be planned: found \(found), expected \(expected)",
        location: "subgraph \(subgraph)"
          + (node.map { ", operator \($0)" } ?? "") + (tensor.map { ", tensor \($0)" } ?? ""))
    case .doesNotFit(let report):
      Diagnostic(
        message: "the model does not fit \(report.target)", location: report.profile,
        notes: report.lines.filter { $0.over > 0 }.map {
          "\($0.name): \($0.used) \($0.unit.rawValue), allowed \($0.limit ?? 0), "
            + "\($0.over) over (\($0.key), \($0.place))"
        } + report.unregisteredOperators.map { "the firmware has no operator \($0)" },
        help: "choose a smaller preset (esphome-small) or another --target; --force emits anyway",
        table: report.table,
        exitCode: .doesNotFit)
    case .verificationFailed(let report):
      Diagnostic(
        message: "verification failed; nothing was published",
        notes: report.checks.filter { !$0.holds }.map {
          "\($0.artefact): \($0.claim): difference \($0.largestDifference), allowed \($0.tolerance)"
        },
        help: "this is a defect of Rouse: please report it together with the run folder")
    }
  }
}
