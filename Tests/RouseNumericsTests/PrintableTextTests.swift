import RouseNumerics
import Testing

@Suite struct PrintableTextTests {
  @Test(arguments: [
    ("plain_name/Conv2D", "plain_name/Conv2D"), ("", ""), ("Jürgen, 日本 🙂", "Jürgen, 日本 🙂"),
    ("a\u{1B}[2Jb", "a\\u{1B}[2Jb"), ("bell\u{7}\r\u{0}", "bell\\u{7}\\u{D}\\u{0}"),
    ("two\nlines\t", "two\nlines\\u{9}"), ("right\u{202E}left", "right\\u{202E}left"),
    ("a\u{2028}b\u{85}", "a\\u{2028}b\\u{85}"),
  ])
  func steeringCharactersAreShown(_ text: String, _ expected: String) {
    #expect(text.printable == expected)
    #expect(text[...].printable == expected)
  }
}
