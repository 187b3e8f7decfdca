import RouseEvaluation
import RouseTraining

extension Verify {
  /// The table on disk has a row for every cutoff and window, and the decided pair has the counts that it was chosen for.
  mutating func verifyOperatingPoints() throws {
    let streams = request.validation
    guard !streams.positives.isEmpty, !streams.ambient.isEmpty else { return }
    let name = "\(request.name).operating_points.csv"
    let bytes = try bundle.read(name)
    let table = try CSVTable(bytes: bytes, file: name)
    let sweep = try Scoring.validation(of: planned.quantized, request)
    let columns = try ["cutoff_code", "window", "misses", "accepts"].map { try table.column($0) }
    var differing = 0
    var count = 0
    try table.forEachRow { row in
      count += 1
      let values = columns.map { Int(row.fields[$0]) ?? -1 }
      guard RuleCurve.cutoffs.contains(values[0]), DetectionSweep.windows.contains(values[1]),
        sweep.misses(cutoff: values[0], window: values[1]) == values[2],
        sweep.accepts(cutoff: values[0], window: values[1]) == values[3]
      else {
        differing += 1
        return
      }
    }
    let expected = RuleCurve.cutoffs.count * DetectionSweep.windows.count
    note(
      name, bytes, reader: "CSVTable",
      "misses and false accepts of every cutoff and window are those of the int8 model",
      compared: count, unit: "rows",
      difference: Double(differing + abs(expected - count)))
  }
}
