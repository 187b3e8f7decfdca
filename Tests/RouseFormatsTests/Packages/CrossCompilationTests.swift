import Foundation
import RouseFormats
import Testing

/// The emitted C, with every warning an error, through the compilers of the chips that it is for.
///
/// Without a C library: it includes nothing but `stdint.h` and `stdalign.h`, which come with the compiler. The wrapper in
/// C++ needs one, and TFLite Micro: `WakeWordWrapperTests`.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["ROUSE_PEERS"] != nil, "./test installs the compilers"))
struct CrossCompilationTests {
  struct Compiler: Sendable, CustomTestStringConvertible {
    var chip: String
    var program: String
    var arguments: [String]
    var testDescription: String { chip }
  }

  static let compilers = [
    Compiler(
      chip: "Cortex-M4", program: "arm-none-eabi-gcc",
      arguments: ["-mcpu=cortex-m4", "-mthumb", "-ffreestanding"]),
    Compiler(
      chip: "RISC-V rv32imc", program: "riscv64-unknown-elf-gcc",
      arguments: ["-march=rv32imc", "-mabi=ilp32", "-ffreestanding"]),
    Compiler(
      chip: "Xtensa lx106", program: "xtensa-lx106-elf-gcc", arguments: ["-ffreestanding"]),
    Compiler(chip: "this computer", program: "gcc", arguments: []),
  ]

  private static let program = """
    #include "hey_r_use_golden.h"
    #include "hey_r_use_model.h"
    #include "hey_r_use_wake_word.h"
    int boot(void);
    int boot(void) {
      if (hey_r_use_begin() != 0) return -2;
      return hey_r_use_self_test(hey_r_use_invoke, 0) + (hey_r_use_quantize(30) == -116) +
             hey_r_use_model[HEY_R_USE_MODEL_BYTES - 1];
    }

    """

  @Test(arguments: compilers, ["c11", "c17"])
  func compilesWithoutWarnings(_ compiler: Compiler, _ standard: String) throws {
    let program = try #require(
      find(compiler.program), "\(compiler.program) is missing; ./test installs it")
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let main = Artefact(fileName: "main.c", text: Self.program)
    try BundleWriter.write(ModelPackageExample.files + [main], to: folder)
    let root = "\(folder)/zephyr/hey_r_use"
    for source in ["\(folder)/main.c", "\(root)/src/hey_r_use_model_data.c"] {
      let build = try runProgram(
        program,
        compiler.arguments + [
          "-std=\(standard)", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Os", "-I",
          "\(root)/include", "-c", source, "-o", "\(folder)/out.o",
        ])
      #expect(build.status == 0, "\(compiler.chip): \(build.output)")
    }
    // The array is aligned for vector instructions.
    let sections = try runProgram(
      try #require(
        find(compiler.program.replacing("-gcc", with: "-objdump").replacing("gcc", with: "objdump"))
      ),
      ["-h", "\(folder)/out.o"])
    let line = sections.output.split(separator: "\n").first { $0.contains(".rodata") }
    #expect(line?.hasSuffix("2**4") == true, "\(sections.output)")
  }
}
