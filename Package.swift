// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// A library target of ours with its test target; tests mirror sources.
func module(
  _ name: String, _ dependencies: [Target.Dependency],
  tests testDependencies: [Target.Dependency] = [], notes: [String] = []
) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, exclude: notes, swiftSettings: strict),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.init(stringLiteral: name)] + dependencies + testDependencies,
      resources: [.copy("Fixtures")], swiftSettings: strict),
  ]
}

/// Files outside `Sources` that are compiled into the program; `ResourceTableTests` compares this list with the folders.
let embedded = [
  "targets/base-esp-nn-portable.yaml",
  "targets/base-esp32-riscv.yaml",
  "targets/base-esp32-s3.yaml",
  "targets/base-esphome.yaml",
  "targets/base-flash-16mb.yaml",
  "targets/base-flash-4mb.yaml",
  "targets/base-flash-8mb.yaml",
  "targets/base-no-psram.yaml",
  "targets/base-psram-2mb.yaml",
  "targets/base-psram-8mb.yaml",
  "targets/base-psram.yaml",
  "targets/base-tflite-micro.yaml",
  "targets/base-wake-word.yaml",
  "targets/esp32-c3.yaml",
  "targets/esp32-c6.yaml",
  "targets/esp32-p4.yaml",
  "targets/esp32-s2.yaml",
  "targets/esp32-s3-n16r8.yaml",
  "targets/esp32-s3-n4.yaml",
  "targets/esp32-s3-n8.yaml",
  "targets/esp32-s3-n8r2.yaml",
  "targets/esp32-s3-n8r8.yaml",
  "targets/esp32.yaml",
  "targets/nrf52840.yaml",
  "targets/rp2040.yaml",
  "targets/rp2350.yaml",
  "Presets/demo.yaml",
  "Presets/esphome-large.yaml",
  "Presets/esphome-small.yaml",
  "Presets/esphome-standard.yaml",
  "Presets/esphome-v1.yaml",
  "Presets/vad.yaml",
  "templates/arduino_example.ino.mustache",
  "templates/arduino_library.h.mustache",
  "templates/arduino_library.json.mustache",
  "templates/arduino_library.properties.mustache",
  "templates/esp_idf_CMakeLists.txt.mustache",
  "templates/esp_idf_Kconfig.mustache",
  "templates/esp_idf_component.yml.mustache",
  "templates/esphome.yaml.mustache",
  "templates/esphome_several.yaml.mustache",
  "templates/evaluation.html.mustache",
  "templates/golden.h.mustache",
  "templates/model.c.mustache",
  "templates/model.h.mustache",
  "templates/package_README.md.mustache",
  "templates/report.html.mustache",
  "templates/wake_word.cc.mustache",
  "templates/wake_word.h.mustache",
  "templates/zephyr_CMakeLists.txt.mustache",
  "templates/zephyr_Kconfig.mustache",
  "templates/zephyr_module.yml.mustache",
]

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "rouse",
  products: [.executable(name: "rouse", targets: ["rouse"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    .systemLibrary(name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
    .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
    .target(name: "COnnx", dependencies: ["CProtobufC"], exclude: ["onnx_subset.proto"]),
    .target(name: "CTensorBoard", dependencies: ["CProtobufC"], exclude: ["event_subset.proto"]),
    .target(name: "CTFLite", exclude: ["tflite_subset.fbs"]),
    .target(name: "CKernels"),
    .target(name: "CExchange"),
    // Killed by a test while it publishes.
    .executableTarget(
      name: "publish-probe", dependencies: ["RouseFormats"], path: "Tests/PublishProbe",
      swiftSettings: strict),
    // Killed by a test while it trains; counts allocations.
    .target(name: "CAllocationCount", path: "Tests/AllocationCount"),
    .executableTarget(
      name: "train-probe",
      dependencies: [
        "RouseTraining", "RouseFrontEnd", "RouseIR", "RouseNumerics", "CAllocationCount",
      ], path: "Tests/TrainProbe", swiftSettings: strict),
    .target(
      name: "RouseResources", resources: embedded.map { .embedInCode("../../\($0)") },
      swiftSettings: strict),
    .executableTarget(
      name: "rouse",
      dependencies: [
        "RouseAudio", "RouseFrontEnd", "RouseTraining", "RouseCompiler", "RouseEvaluation",
        "RouseResources", arguments,
      ], swiftSettings: strict),
    .testTarget(
      name: "RouseCLITests",
      dependencies: ["rouse", "RouseResources", "RouseFormats", "RouseIR", "RouseNumerics"],
      swiftSettings: strict),
  ]
    + module("RouseNumerics", ["COpenBLAS", "CKernels"])
    + module("RouseAudio", ["RouseNumerics", "CSndfile", "CSoxr", "CFFTW"])
    + module("RouseFrontEnd", ["RouseNumerics", "RouseAudio"])
    + module("RouseIR", ["RouseNumerics"])
    + module("RouseRuntime", ["RouseNumerics", "RouseIR"])
    + module(
      "RouseFormats",
      [
        "RouseNumerics", "RouseIR", "COnnx", "CTFLite", "CExchange", "CProtobufC", "RouseResources",
        mustache,
      ],
      tests: ["RouseRuntime", "publish-probe"])
    + module(
      "RouseTraining",
      [
        "RouseNumerics", "RouseAudio", "RouseFrontEnd", "RouseIR", "RouseRuntime", "RouseResources",
        "CTensorBoard", yams,
      ], tests: ["train-probe"])
    + module("RouseEvaluation", ["RouseNumerics", "RouseFrontEnd", "RouseIR", "RouseRuntime"])
    + module(
      "RouseCompiler",
      [
        "RouseNumerics", "RouseAudio", "RouseFrontEnd", "RouseIR", "RouseRuntime", "RouseFormats",
        "RouseTraining", "RouseEvaluation", "RouseResources", yams,
      ], notes: ["Check/README.md", "Diff/README.md", "Verification/README.md"]),
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17,
  cxxLanguageStandard: .cxx17
)
