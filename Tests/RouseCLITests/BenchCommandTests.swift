import Foundation
import Testing

/// `rouse bench` as a person meets it. No speed is judged here.
@Suite struct BenchCommandTests {
  @Test func figuresAreTextAndJSON() throws {
    let text = try Program.run(["bench", "front-end", "--seconds", "0"])
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.contains("front-end, one core"))
    #expect(text.output.contains("x real time"))
    let outcome = try Program.run(["bench", "front-end", "--seconds", "0", "--json"])
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(report.keys.sorted() == ["figures", "openblas", "processor", "threads"])
    let figures = try #require(report["figures"] as? [[String: Any]])
    #expect(figures.count == 1)
    let figure = try #require(figures.first)
    #expect(
      figure.keys.sorted() == ["cpuSeconds", "goal", "median", "name", "ratio", "unit", "value"])
    let value = try #require(figure["value"] as? Double)
    let median = try #require(figure["median"] as? Double)
    let ratio = try #require(figure["ratio"] as? Double)
    #expect(value >= median && median > 0)
    #expect(abs(ratio - value / 4000) < 1e-9 * ratio)
  }

  @Test(arguments: [
    (["bench", "nothing"], "no benchmark `nothing`"),
    (["bench", "--threads", "0"], "--threads is 0"),
    (["bench", "--seconds=-1"], "--seconds is -1.0"),
  ])
  func wrongUseIsExplained(arguments: [String], message: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message))
  }
}
