import Foundation
import RouseFormats
import Testing

/// Names and keys are those that each build system looks for.
@Suite struct PackageWriterTests {
  let files = ModelPackageExample.files
  let name = "hey_r_use"

  @Test func everyBuildSystemFindsItsFiles() {
    #expect(
      Set(files.map(\.fileName)) == [
        "esp-idf/hey_r_use/CMakeLists.txt", "esp-idf/hey_r_use/idf_component.yml",
        "esp-idf/hey_r_use/Kconfig", "esp-idf/hey_r_use/README.md",
        "esp-idf/hey_r_use/include/hey_r_use_model.h",
        "esp-idf/hey_r_use/include/hey_r_use_wake_word.h",
        "esp-idf/hey_r_use/include/hey_r_use_golden.h",
        "esp-idf/hey_r_use/src/hey_r_use_model_data.cc",
        "esp-idf/hey_r_use/src/hey_r_use_wake_word.cc",
        "arduino/hey_r_use/library.properties", "arduino/hey_r_use/library.json",
        "arduino/hey_r_use/README.md", "arduino/hey_r_use/src/hey_r_use.h",
        "arduino/hey_r_use/src/hey_r_use_model.h", "arduino/hey_r_use/src/hey_r_use_wake_word.h",
        "arduino/hey_r_use/src/hey_r_use_golden.h",
        "arduino/hey_r_use/src/hey_r_use_model_data.cpp",
        "arduino/hey_r_use/src/hey_r_use_wake_word.cpp",
        "arduino/hey_r_use/examples/hey_r_use_example/hey_r_use_example.ino",
        "zephyr/hey_r_use/zephyr/module.yml", "zephyr/hey_r_use/zephyr/CMakeLists.txt",
        "zephyr/hey_r_use/zephyr/Kconfig", "zephyr/hey_r_use/README.md",
        "zephyr/hey_r_use/include/hey_r_use_model.h",
        "zephyr/hey_r_use/include/hey_r_use_wake_word.h",
        "zephyr/hey_r_use/include/hey_r_use_golden.h",
        "zephyr/hey_r_use/src/hey_r_use_model_data.c",
        "zephyr/hey_r_use/src/hey_r_use_wake_word.cpp",
      ])
    #expect(Set(files.map(\.fileName)).count == files.count)
    for file in files {
      let text = String(decoding: file.bytes, as: UTF8.self)
      #expect(!text.contains("{{") && !text.contains("}}}"), "\(file.fileName)")
      #expect(text.hasSuffix("\n") && !text.contains("\r"), "\(file.fileName)")
      #expect(!text.contains("&quot;") && !text.contains("&amp;"), "\(file.fileName)")
    }
  }

  @Test func theSourcesAreTheSameEverywhere() throws {
    func bytes(_ name: String) throws -> [UInt8] {
      try #require(files.first { $0.fileName == name }).bytes
    }
    let idf = "esp-idf/hey_r_use"
    let arduino = "arduino/hey_r_use"
    let zephyr = "zephyr/hey_r_use"
    for header in ["model", "wake_word", "golden"] {
      let expected = try bytes("\(idf)/include/\(name)_\(header).h")
      #expect(try bytes("\(arduino)/src/\(name)_\(header).h") == expected)
      #expect(try bytes("\(zephyr)/include/\(name)_\(header).h") == expected)
    }
    let model = try bytes("\(idf)/src/\(name)_model_data.cc")
    #expect(try bytes("\(arduino)/src/\(name)_model_data.cpp") == model)
    #expect(try bytes("\(zephyr)/src/\(name)_model_data.c") == model)
    #expect(try CArrayReader.read(model) == CArrayTests.array.model)
  }

  @Test func versionsAreThoseOfTheFirmware() {
    let lines = ModelPackageExample.text("esp-idf/hey_r_use/idf_component.yml").split(
      separator: "\n")
    for line in [
      "version: \"1.0.0-beta+1\"", "url: \"https://github.com/x/y\"",
      "repository: \"https://github.com/x/y\"", "dependencies:", "  idf: \">=5.1\"",
      "  espressif/esp-tflite-micro: \"1.3.3~1\"", "  espressif/esp-nn: \"1.1.2\"", "files:",
      "  exclude:", "description: \"Wake word Hey \\\"R\\u00f6use\\\" for TFLite Micro\"",
    ] {
      #expect(lines.contains(Substring(line)), "\(line)")
    }
  }

  @Test func firmwareWithoutEspressifsComponentsGetsNoComponent() {
    var package = ModelPackageExample.package
    package.pins = nil
    let names = PackageWriter.write(package).map(\.fileName)
    #expect(names.count == files.count - 9)
    #expect(!names.contains { $0.hasPrefix("esp-idf/") })
  }

  @Test func aWebsiteThatIsNoRepositoryIsNotCalledOne() throws {
    var package = ModelPackageExample.package
    package.website = "https://example.com/"
    for file in PackageWriter.write(package) where file.fileName.hasSuffix("library.json") {
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any])
      #expect(json["repository"] == nil && json["homepage"] as? String == "https://example.com/")
    }
  }

  @Test func platformIOAndArduinoReadTheirKeys() throws {
    let json = try #require(
      try JSONSerialization.jsonObject(
        with: Data(ModelPackageExample.text("arduino/hey_r_use/library.json").utf8))
        as? [String: Any])
    #expect(json["name"] as? String == name && json["version"] as? String == "1.0.0-beta+1")
    let authors = json["authors"] as? [[String: String]]
    #expect(authors?.first?["name"] == ModelPackageExample.author)
    #expect((json["repository"] as? [String: String])?["type"] == "git")
    #expect(json["frameworks"] as? [String] == ["arduino"] && json["platforms"] as? String == "*")

    var properties: [String: String] = [:]
    for line in ModelPackageExample.text("arduino/hey_r_use/library.properties")
      .split(separator: "\n")
    {
      let parts = line.split(separator: "=", maxSplits: 1)
      #expect(parts.count == 2, "\(line)")
      properties[String(parts[0])] = parts.last.map(String.init)
    }
    #expect(
      Set(properties.keys) == [
        "name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url",
        "architectures", "includes", "depends", "ldflags",
      ])
    #expect(properties["category"] == "Data Processing" && properties["ldflags"] == "-lm")
    #expect(properties["includes"] == "hey_r_use.h" && properties["architectures"] == "*")
  }

  @Test func zephyrFindsTheModule() {
    let module = ModelPackageExample.text("zephyr/hey_r_use/zephyr/module.yml")
    #expect(
      module.hasSuffix("name: hey_r_use\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n"))
    let cmake = ModelPackageExample.text("zephyr/hey_r_use/zephyr/CMakeLists.txt")
    for source in ["model_data.c", "wake_word.cpp"] {
      #expect(cmake.contains("/../src/hey_r_use_\(source)"))
    }
    #expect(cmake.contains("if(CONFIG_HEY_R_USE_WAKE_WORD)"))
    #expect(
      ModelPackageExample.text("zephyr/hey_r_use/zephyr/Kconfig")
        .contains("config HEY_R_USE_WAKE_WORD\n"))
  }
}
