import Foundation
import RouseNumerics
import Testing

/// The C of the bundle that this test run has just trained and compiled, through the compilers of the chips.
@Suite(.enabled(if: Peer.isAvailable, "./test installs the compilers"))
struct CrossCompiledBundleTests {
  static let compilers = [
    ["gcc"], ["g++", "-x", "c++", "-std=c++17"],
    ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-ffreestanding"],
    ["riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32", "-ffreestanding"],
    ["xtensa-lx106-elf-gcc", "-ffreestanding"],
  ]

  private static let program = """
    #include "hey_nova_golden.h"
    #include "hey_nova_model.h"
    int boot(int (*invoke)(void *, const int8_t *, uint8_t *), void *context);
    int boot(int (*invoke)(void *, const int8_t *, uint8_t *), void *context) {
      return hey_nova_self_test(invoke, context) + hey_nova_model[HEY_NOVA_MODEL_BYTES - 1];
    }

    """

  @Test(arguments: compilers) func compilesWithoutWarnings(_ compiler: [String]) throws {
    let made = try TinyRun.made()
    let folder = "\(made.folder)/cross-\(compiler[0])"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try AtomicFile.write(Array(Self.program.utf8), to: "\(folder)/boot.c")
    for source in ["\(folder)/boot.c", "\(made.bundle)/hey_nova_model.c"] {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        compiler + [
          "-Wall", "-Wextra", "-Werror", "-pedantic", "-Os", "-I", made.bundle, "-c", source, "-o",
          "\(folder)/out.o",
        ]
      let pipe = Pipe()
      process.standardError = pipe
      try process.run()
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(compiler[0]): \(text)")
    }
  }
}
