import Foundation
import RouseTraining
import Testing

/// `rouse architectures`: what it prints and how it ends.
@Suite struct ArchitecturesCommandTests {
  @Test func listsNamedPresetsAndFiles() throws {
    let folder = try Folder([
      "mine.yaml": Data(try Preset(named: "vad").source.utf8)
    ])
    let run = try Program.run(["architectures", "esphome-small", "\(folder.path)/mine.yaml"])
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    let lines = run.output.split(separator: "\n")
    #expect(lines[0].hasPrefix("Networks on esp32-s3-n16r8, ESPHome "))
    let names = lines.dropFirst(2).prefix(2).map { $0.split(separator: " ")[0] }
    #expect(names == ["esphome-small", "vad"])
    #expect(run.output.contains("13 760"))
  }

  @Test func jsonHasStableKeys() throws {
    let run = try Program.run(["architectures", "vad", "--json", "--target", "esp32-c3"])
    #expect(run.status == 0)
    let list = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
    #expect(list.count == 1)
    #expect(
      list[0].keys.sorted() == [
        "arenaBytes", "canRun", "fileBytes", "firmware", "inferenceMicroseconds", "loadPercent",
        "multiplyAccumulates", "obstacles", "parameters", "preset", "stepMilliseconds", "target",
        "weightBytes", "windowMilliseconds",
      ])
    #expect(list[0]["target"] as? String == "esp32-c3")
    #expect(list[0]["multiplyAccumulates"] as? Int == 13_760)
  }

  @Test func anUnknownPresetOffersTheNearest() throws {
    let run = try Program.run(["architectures", "esphome-huge"])
    #expect(run.status == 1)
    #expect(run.errors.contains("there is no preset called `esphome-huge`"))
  }
}
