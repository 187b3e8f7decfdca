/// Writes a model as packages of the build systems that people use TFLite Micro with.
public enum PackageWriter {
  /// Folders `esp-idf/NAME` (when the firmware is made of Espressif's components), `arduino/NAME` and `zephyr/NAME`.
  public static func write(_ package: ModelPackage) -> [Artefact] {
    let common = Common(package)
    return (package.pins == nil ? [] : espIDF(package, common)) + arduino(package, common)
      + zephyr(package, common)
  }

  // MARK: - Build systems

  /// A component: `CMakeLists.txt`, `idf_component.yml` with pinned versions, `Kconfig`, `include`, `src`.
  private static func espIDF(_ package: ModelPackage, _ common: Common) -> [Artefact] {
    let kind = Kind(
      root: "esp-idf", key: "espIDF", words: "a component of ESP-IDF", headers: "include",
      sources: "src", array: "cc", wrapper: "cc")
    return kind.files(
      package, common,
      [
        ("CMakeLists.txt", "esp_idf_CMakeLists.txt"),
        ("idf_component.yml", "esp_idf_component.yml"),
        ("Kconfig", "esp_idf_Kconfig"),
      ])
  }

  /// A library of the Arduino IDE and of PlatformIO, with an example that needs no microphone.
  private static func arduino(_ package: ModelPackage, _ common: Common) -> [Artefact] {
    let name = package.array.identifier
    let kind = Kind(
      root: "arduino", key: "arduino", words: "a library for Arduino and PlatformIO",
      headers: "src", sources: "src", array: "cpp", wrapper: "cpp")
    return kind.files(
      package, common,
      [
        ("library.properties", "arduino_library.properties"),
        ("library.json", "arduino_library.json"), ("src/\(name).h", "arduino_library.h"),
        ("examples/\(name)_example/\(name)_example.ino", "arduino_example.ino"),
      ])
  }

  /// A module: `zephyr/module.yml`, `zephyr/CMakeLists.txt`, `zephyr/Kconfig`, sources outside.
  private static func zephyr(_ package: ModelPackage, _ common: Common) -> [Artefact] {
    let kind = Kind(
      root: "zephyr", key: "zephyr", words: "a module of Zephyr", headers: "include",
      sources: "src", array: "c", wrapper: "cpp")
    return kind.files(
      package, common,
      [
        ("zephyr/module.yml", "zephyr_module.yml"),
        ("zephyr/CMakeLists.txt", "zephyr_CMakeLists.txt"), ("zephyr/Kconfig", "zephyr_Kconfig"),
      ])
  }

  // MARK: - What they share

  /// The files that all kinds have word for word, made once.
  private struct Common {
    let header: String
    let source: String
    let golden: Artefact
    /// What templates read.
    let values: [String: String]

    init(_ package: ModelPackage) {
      header = CArrayWriter.header(of: package.array)
      source = CArrayWriter.source(of: package.array)
      golden = package.golden.header(of: package.array)
      values = package.values
    }
  }

  /// A build system: where its files lie and how it calls sources.
  private struct Kind {
    var root: String
    /// Turns on the parts of templates that are for it.
    var key: String
    var words: String
    var headers: String
    var sources: String
    /// Suffixes.
    var array: String
    var wrapper: String

    /// The build files, given as place and template, and the sources that all kinds have.
    func files(
      _ package: ModelPackage, _ common: Common, _ builds: [(place: String, template: String)]
    ) -> [Artefact] {
      var values = common.values
      values[key] = words
      values["kind"] = words
      let name = package.array.identifier
      let folder = "\(root)/\(name)"
      func fill(_ place: String, _ template: String) -> Artefact {
        Artefact(
          fileName: "\(folder)/\(place)",
          text: TextTemplate.fill("\(template).mustache", values))
      }
      var golden = common.golden
      golden.fileName = "\(folder)/\(headers)/\(golden.fileName)"
      return builds.map(fill) + [
        Artefact(fileName: "\(folder)/\(headers)/\(name)_model.h", text: common.header),
        fill("\(headers)/\(name)_wake_word.h", "wake_word.h"), golden,
        Artefact(
          fileName: "\(folder)/\(sources)/\(name)_model_data.\(array)",
          text: common.source),
        fill("\(sources)/\(name)_wake_word.\(wrapper)", "wake_word.cc"),
        fill("README.md", "package_README.md"),
      ]
    }
  }
}
