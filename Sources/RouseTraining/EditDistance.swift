/// Number of insertions, deletions, replacements and swaps of neighbours that turn one name into another.
///
/// - Source: the "optimal string alignment" form of Damerau, "A technique for computer detection and correction of
///   spelling errors", CACM 7(3), 1964.
package enum EditDistance {
  package static func between(_ a: String, _ b: String) -> Int {
    let a = Array(a.unicodeScalars)
    let b = Array(b.unicodeScalars)
    var older: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, older[j - 1] + 1) }
        row.append(best)
      }
      older = last
      last = row
    }
    return last[b.count]
  }

  /// The candidate closest to `name`, when it is close enough to be what was meant: at most a third of the letters
  /// differ, or two of a short name. Ties go to the first candidate.
  package static func nearest(to name: String, among candidates: [String]) -> String? {
    guard name.unicodeScalars.count <= 100 else { return nil }
    let allowed = max(2, name.unicodeScalars.count / 3)
    let ranked = candidates.map { (distance: between(name, $0), name: $0) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= allowed ? best.name : nil
  }
}
