import Foundation
import RouseFormats
import RouseNumerics
import RouseRuntime
import Testing

/// The wrapper around TFLite Micro, compiled against its interfaces and run with a table of answers in place of it.
@Suite(.enabled(if: find("g++") != nil)) struct WakeWordWrapperTests {
  private static let stubs = packageRoot.appending(
    path: "Tests/RouseFormatsTests/Fixtures/tflite_micro"
  ).path
  private static let warnings = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-Wpedantic"]

  /// Every kind of package, and for ESP-IDF also with its options.
  @Test(arguments: [
    ("esp-idf/hey_r_use/src/hey_r_use_wake_word.cc", "include", []),
    (
      "esp-idf/hey_r_use/src/hey_r_use_wake_word.cc", "include",
      ["-DCONFIG_HEY_R_USE_ARENA_IN_PSRAM=1", "-DCONFIG_HEY_R_USE_EXTRA_ARENA_BYTES=512"]
    ),
    ("arduino/hey_r_use/src/hey_r_use_wake_word.cpp", "src", []),
    ("zephyr/hey_r_use/src/hey_r_use_wake_word.cpp", "include", ["-fno-exceptions", "-fno-rtti"]),
  ])
  func compilesWithoutWarnings(_ source: String, _ headers: String, _ options: [String]) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try BundleWriter.write(ModelPackageExample.files, to: folder)
    let root = source.split(separator: "/").prefix(2).joined(separator: "/")
    let build = try runProgram(
      try #require(find("g++")),
      Self.warnings + options + [
        "-I", Self.stubs, "-I", "\(folder)/\(root)/\(headers)", "-c", "\(folder)/\(source)", "-o",
        "\(folder)/wrapper.o",
      ])
    #expect(build.status == 0, "\(build.output)")
  }

  /// Prints what each row gave, one result a line, then the errors that can be provoked.
  private static let program = """
    #include <stdio.h>
    #include <string.h>
    #include "hey_r_use_golden.h"
    #include "hey_r_use_wake_word.h"
    extern int step, fail_allocation, fail_invoke;
    extern uint32_t model_version, input_sum;
    extern size_t given_arena, input_bytes;
    extern const uint8_t answers[];
    const uint8_t answers[] = {
    @ANSWERS@
    };
    int main() {
      int8_t row[HEY_R_USE_INPUT_FEATURES] = {0};
      uint8_t probability = 0;
      printf("%d\\n", hey_r_use_hear(row, &probability));
      if (hey_r_use_begin() != 0 || given_arena != HEY_R_USE_ARENA_BYTES) return 1;
      uint32_t expected = 0;
      for (size_t i = 0; i < sizeof answers * 3; ++i) {
        for (int j = 0; j < HEY_R_USE_INPUT_FEATURES; ++j) {
          row[j] = (int8_t)(i * 7 + (size_t)j);
          expected = expected * 31u + (uint8_t)row[j];
        }
        const int result = hey_r_use_hear(row, &probability);
        if (result >= HEY_R_USE_SCORED && probability != answers[i / 3]) return 2;
        if ((result == HEY_R_USE_WAITING) != (i % 3 != 2)) return 3;
        if (result == HEY_R_USE_HEARD) printf("heard %zu\\n", i / 3);
      }
      if (input_sum != expected) return 4;
      if (hey_r_use_begin() != 0 || step != 0) return 5;
      printf("%d\\n", hey_r_use_self_test(hey_r_use_invoke, nullptr));
      fail_invoke = 1;
      printf("%d\\n", hey_r_use_invoke(nullptr, hey_r_use_golden_rows[0], &probability));
      fail_allocation = 1;
      printf("%d\\n", hey_r_use_begin());
      fail_allocation = 0;
      input_bytes = 40;
      printf("%d\\n", hey_r_use_begin());
      model_version = 4;
      printf("%d\\n", hey_r_use_begin());
      printf("%d %d %d\\n", hey_r_use_quantize(0), hey_r_use_quantize(30), hey_r_use_quantize(670));
      return 0;
    }

    """

  @Test func hearsWhatESPHomeHears() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // Quiet for a while, then loud in bursts, some of them around the cutoff.
    var generator = SeededGenerator(seed: 5)
    let answers = (0..<4_000).map { step -> UInt8 in
      step % 97 > 80 ? UInt8(200 + generator.below(56)) : UInt8(generator.below(220))
    }
    let expected = StreamingDetector.detections(in: answers, cutoff: 216, window: 5, stride: 3)
    #expect(expected.count > 5)
    let table = answers.map { "\($0)," }.joined(separator: "\n")
    let program = Artefact(
      fileName: "main.cc", text: Self.program.replacing("@ANSWERS@", with: table))
    try BundleWriter.write(ModelPackageExample.files + [program], to: folder)
    let root = "\(folder)/zephyr/hey_r_use"
    let build = try runProgram(
      try #require(find("g++")),
      Self.warnings + [
        "-fsanitize=undefined", "-fno-sanitize-recover", "-I", Self.stubs, "-I",
        "\(root)/include", "\(folder)/main.cc", "\(root)/src/hey_r_use_wake_word.cpp", "-x", "c++",
        "\(root)/src/hey_r_use_model_data.c", "\(Self.stubs)/fake_interpreter.cc", "-o",
        "\(folder)/program",
      ])
    #expect(build.status == 0, "\(build.output)")
    let run = try runProgram("\(folder)/program", [])
    #expect(run.status == 0, "\(run.output)")
    let golden = zip(answers, GoldenVectorsTests.golden.probabilities)
    let differing = golden.enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? -1
    #expect(
      run.output.split(separator: "\n").map(String.init)
        == ["-6"] + expected.map { "heard \($0)" }
        + ["\(differing)", "-5", "-3", "-4", "-1", "-128 -116 127"])
  }
}
