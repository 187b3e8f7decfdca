import Foundation
import RouseCompiler
import RouseNumerics

/// What a person reads of one recording: each detection with its time and probability, or that there was none.
struct HearingText {
  var path: String
  var hearing: AudioRun.Hearing
  var run: AudioRun

  var text: String {
    let length = String(format: "%.2f s", hearing.seconds)
    guard let peak = hearing.probabilities.max(),
      let index = hearing.probabilities.firstIndex(of: peak)
    else { return "\(path): \(length), too short for one invocation" }
    let summary = String(
      format: "%@: %@, %d invocations, highest probability %.3f at %.2f s", path, length,
      hearing.probabilities.count, Double(peak) / 256, run.seconds(ofInvocation: index))
    let detections = hearing.detections.map {
      String(
        format: "  %10.2f s   detected, mean probability %.3f (invocation %d)", $0.seconds,
        $0.probability, $0.invocation)
    }
    return ([summary] + (detections.isEmpty ? ["  no detection"] : detections))
      .joined(separator: "\n")
  }
}

extension DetectionSettings {
  /// The rule in one line, as the device applies it.
  var text: String {
    let word = wakeWord.map { "`\($0)`: " } ?? ""
    let source = manifest.map { " (\($0))" } ?? ""
    return "\(word)detected when the mean of \(rule.window) probabilities is above "
      + String(format: "%d/255, %d ms a row", rule.cutoff, stepMilliseconds) + source
  }
}

/// Every probability of every recording, as a table.
struct ProbabilityTable {
  private var lines = ["file,invocation,seconds,probability_256ths,detected"]
  private var probabilities: [UInt8] = []

  mutating func append(_ path: String, _ hearing: AudioRun.Hearing, _ run: AudioRun) {
    let name = Self.field(path)
    let detected = Set(hearing.detections.map(\.invocation))
    for (index, probability) in hearing.probabilities.enumerated() {
      let seconds = String(format: "%.3f", run.seconds(ofInvocation: index))
      lines.append(
        "\(name),\(index),\(seconds),\(probability),\(detected.contains(index) ? 1 : 0)")
    }
    probabilities += hearing.probabilities
  }

  var csv: String { lines.joined(separator: "\n") + "\n" }

  /// uint8 `[invocations]`
  var npy: [UInt8] { NPYArray(shape: [probabilities.count], .uint8(probabilities)).bytes }

  /// Quoted when the text holds what separates fields (RFC 4180).
  private static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }
}
