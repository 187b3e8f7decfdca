import Foundation
import RouseCompiler
import RouseTraining
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The page of a run folder holds its figures, and a browser can read it.
@Suite struct TrainingPageTests {
  private final class Page: NSObject, XMLParserDelegate {
    var text = ""
    var elements: [String: Int] = [:]
    var curves: [String] = []

    func parser(
      _: XMLParser, didStartElement name: String, namespaceURI _: String?,
      qualifiedName _: String?, attributes: [String: String]
    ) {
      elements[name, default: 0] += 1
      if name == "polyline", let points = attributes["points"] { curves.append(points) }
      text += " "
    }

    func parser(_: XMLParser, foundCharacters characters: String) { text += characters }
  }

  private func page(_ html: String) throws -> Page {
    let parser = XMLParser(data: Data(html.utf8))
    let page = Page()
    parser.delegate = page
    try #require(
      parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    return page
  }

  /// A run folder as `rouse train` leaves it after 40 steps of two phases, without a model.
  private func folder(
    _ name: String, records: String, preset: String? = nil
  ) throws -> RunFolder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rouse-page-\(UUID().uuidString)"
    ).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let folder = RunFolder(path)
    let run = """
      wake_word: "\(name)"
      preset: "demo"
      preset_digest: 00aa
      corpus_digest: 11bb
      seed: 18446744073709551615
      steps: 0
      best_step: 0
      quantization_aware: {steps: 500, recall_before: 0.9, recall_after: 0.95, kept: true}
      clips:
        positive: {train: 1200, test: 30}
        noise: {train: 4}
      skipped:
        - "a<b>.wav"
      warnings:
        - "no one & nothing"

      """
    for (file, text) in [
      (folder.summaryFile, run), (folder.metricsFile, records),
      (folder.presetFile, try preset ?? Preset(named: "demo").source),
    ] {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
    }
    return folder
  }

  private static let records = """
    {"step":10,"phase":1,"loss":0.7,"learning_rate":0.001,"gradient_norm":2.0}
    {"step":20,"phase":1,"loss":0.5,"learning_rate":0.0015,"gradient_norm":1.0,"recall":0.8,\
    "recall_without_false_accepts":0.5,"validation_loss":0.9,"miss_rate":0.125,"false_accepts_per_hour":3.0}
    {"step":30,"phase":2,"loss":0.3,"learning_rate":0.001,"gradient_norm":0.9}
    {"step":40,"phase":2,"loss":0.2,"learning_rate":1e-05,"gradient_norm":0.5,"recall":0.7,\
    "recall_without_false_accepts":0.6,"validation_loss":0.8,"miss_rate":0.25,"false_accepts_per_hour":1.0}

    """

  /// The page names the step whose weights are kept, not one before the steps that are chosen among.
  @Test func theBestStepIsTheOneThatIsKept() throws {
    let preset = try Preset(named: "demo").source.replacing("steps: 2500", with: "steps: 40")
    let folder = try folder("late", records: Self.records, preset: preset)
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let history = try folder.history()
    #expect(history.plannedSteps == 40)
    // Step 20 has the higher recall; of 40 steps the last quarter is chosen among.
    #expect(history.best?.step == 40)
  }

  @Test func showsCurvesAndFacts() throws {
    let folder = try folder("tea & <milk>", records: Self.records)
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let history = try folder.history()
    #expect(history.best?.step == 20)
    #expect(!history.isFinished)
    let html = TrainingPage(history).html
    let page = try page(html)
    for text in [
      "Not finished: 40 of", "“tea & <milk>”", "best: 0.5 at step 20", "12.5 %",
      BudgetReport.grouped(1200), "00aa",
      "11bb", "18446744073709551615", "a<b>.wav", "no one & nothing",
      "of 500 steps kept: int8 mean recall 90.00 % before, 95.00 % after",
    ] {
      #expect(page.text.contains(text), "\(text)")
    }
    #expect(page.elements["svg"] == 7 && page.elements["script"] == nil)
    // Loss has 4 points, validations 2.
    #expect(page.curves.map { $0.split(separator: " ").count } == [4, 2, 2, 2, 2, 4, 4])
    // The learning rate spans a factor of 150: its axis is logarithmic, so its steps are not those of a linear one.
    #expect(page.text.contains("0.0001"))
    #expect(try TrainingPage(folder.history()).html == html)
  }

  @Test func aRunThatHasJustBegunHasAPage() throws {
    let folder = try folder("tea", records: "{\"step\":10,\"pha")
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let page = try page(TrainingPage(try folder.history()).html)
    #expect(page.text.contains("No validation yet"))
    #expect(page.text.contains("No step was recorded yet"))
  }

  /// A run of a million steps draws no more than a few thousand points, and keeps its peaks.
  @Test func longRunsAreThinned() throws {
    let lines = (1...30_000).map { index in
      let loss = index == 17_001 ? 9.0 : 0.5
      return
        "{\"step\":\(10 * index),\"phase\":1,\"loss\":\(loss),\"learning_rate\":0.1,\"gradient_norm\":1.0}\n"
    }
    let folder = try folder("tea", records: lines.joined())
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let points = try #require(try page(TrainingPage(try folder.history()).html).curves.first)
      .split(separator: " ")
    #expect(points.count < 3000)
    // The top of the field.
    #expect(points.contains { $0.hasSuffix(",18") })
  }

  @Test func aFolderWithoutARunIsAnError() {
    let folder = RunFolder("no/such/run")
    #expect(throws: TrainingError.missingPart(file: folder.summaryFile)) { try folder.history() }
  }
}
