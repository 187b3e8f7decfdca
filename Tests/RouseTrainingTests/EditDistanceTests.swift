import RouseTraining
import Testing

@Suite struct EditDistanceTests {
  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("steps", "setps", 1),
    ("stride", "strides", 1), ("a", "b", 1),
  ])
  func countsEdits(_ a: String, _ b: String, _ distance: Int) {
    #expect(EditDistance.between(a, b) == distance)
    #expect(EditDistance.between(b, a) == distance)
  }

  @Test func offersOnlyCloseNames() {
    let names = ["front_end", "architecture", "training"]
    #expect(EditDistance.nearest(to: "trainig", among: names) == "training")
    #expect(EditDistance.nearest(to: "architekture", among: names) == "architecture")
    #expect(EditDistance.nearest(to: "colour", among: names) == nil)
    #expect(EditDistance.nearest(to: String(repeating: "x", count: 10_000), among: names) == nil)
  }
}
