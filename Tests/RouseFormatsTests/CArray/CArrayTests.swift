import Foundation
import RouseFormats
import RouseIR
import RouseNumerics
import Testing

@Suite struct CArrayTests {
  static let array = CArray(
    name: "Hey Röuse", model: (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) },
    arenaBytes: 26_080,
    stepMilliseconds: 10,
    input: TensorType([1, 3, 40], .int8, Quantization(scale: 1665 / 16384, zeroPoint: -128)),
    output: TensorType([1, 1], .uint8, Quantization(scale: 1 / 256, zeroPoint: 0)),
    toolVersion: "1.0.0-beta+1")
  let files = CArrayWriter.write(Self.array)

  @Test func namesComeFromTheModel() {
    #expect(files.map(\.fileName) == ["hey_r_use_model.h", "hey_r_use_model.c"])
    #expect(SafeName.identifier("Okay, Computer 2!") == "okay_computer_2")
    #expect(SafeName.identifier("2001") == "model_2001")
    #expect(SafeName.identifier("_x") == "x")
    #expect(SafeName.identifier("…") == "model")
    #expect(SafeName.identifier("int") == "int", "`int_model` is no keyword")
  }

  @Test func headerStatesWhatAProgramNeeds() {
    let header = String(decoding: files[0].bytes, as: UTF8.self)
    for line in [
      " * Made by Rouse 1.0.0-beta+1.", "#define HEY_R_USE_MODEL_BYTES 300",
      "#define HEY_R_USE_ARENA_BYTES 26080", "#define HEY_R_USE_STEP_MS 10",
      "#define HEY_R_USE_INPUT_ROWS 3", "#define HEY_R_USE_INPUT_FEATURES 40",
      "#define HEY_R_USE_INPUT_SCALE 0.101623535f", "#define HEY_R_USE_INPUT_ZERO_POINT (-128)",
      "#define HEY_R_USE_OUTPUT_SCALE 0.00390625f", "#define HEY_R_USE_OUTPUT_ZERO_POINT (0)",
      " * SHA-256: \(SHA256.hex(SHA256.digest(Self.array.model)))",
    ] {
      #expect(header.split(separator: "\n").contains(Substring(line)), "\(line)")
    }
    #expect(!header.contains("{{"))
  }

  @Test func readsBackEqual() throws {
    #expect(try CArrayReader.read(files[1].bytes) == Self.array.model)
  }

  @Test func damagedFilesAreErrors() {
    let text = String(decoding: files[1].bytes, as: UTF8.self)
    func failure(_ text: String) -> FormatError? {
      do {
        _ = try CArrayReader.read(Array(text.utf8))
        return nil
      } catch { return error }
    }
    func at(_ line: Int, _ expected: String, _ found: String) -> FormatError {
      .text(.cArray, line: line, expected: expected, found: found)
    }
    #expect(failure("") == at(1, "an array `NAME_model`", "the end"))
    #expect(
      failure(text.replacingOccurrences(of: "0x07,", with: "7,"))
        == at(13, "a byte such as `0x1c,`", "`7,`"))
    #expect(
      failure(text.replacingOccurrences(of: "};", with: "")) == at(33, "`};`", "the end"))
    #expect(
      failure(text.replacingOccurrences(of: "SHA", with: "sha"))
        == at(32, "a comment with the SHA-256", "none"))
    guard
      case .text(.cArray, line: 32, _, _) = failure(
        text.replacingOccurrences(of: "0x07,", with: "0x08,"))
    else {
      Issue.record("accepted a changed byte")
      return
    }
  }

  struct Compiler: Sendable, CustomTestStringConvertible {
    var program: String
    var arguments: [String]
    var testDescription: String { program }
  }
  static let compilers = [
    Compiler(program: "gcc", arguments: ["-std=c11"]),
    Compiler(program: "g++", arguments: ["-std=c++17", "-x", "c++"]),
  ]

  /// Compiles with every warning an error, links a program that checks length, bytes and alignment, and runs it.
  @Test(.enabled(if: find("gcc") != nil && find("g++") != nil), arguments: compilers)
  func compilesWithoutWarnings(compiler: Compiler) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try BundleWriter.write(
      files + [
        Artefact(
          fileName: "main.c",
          text: """
            #include "hey_r_use_model.h"
            int main(void) {
              uint32_t sum = 0;
              for (int i = 0; i < HEY_R_USE_MODEL_BYTES; ++i) {
                sum = sum * 31u + hey_r_use_model[i];
              }
              if ((uintptr_t)hey_r_use_model % 16 != 0) return 1;
              if (sizeof hey_r_use_model != 300) return 2;
              if (!(HEY_R_USE_INPUT_SCALE > 0.1f) || HEY_R_USE_INPUT_ZERO_POINT != -128) return 3;
              return sum == \(Self.array.model.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) })u ? 0 : 4;
            }

            """)
      ], to: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let program = try #require(find(compiler.program))
    let build = try runProgram(
      program,
      compiler.arguments + [
        "-Wall", "-Wextra", "-Werror", "-pedantic", "-o", "\(folder)/program", "\(folder)/main.c",
        "\(folder)/hey_r_use_model.c",
      ])
    #expect(build.status == 0, "\(build.output)")
    #expect(try runProgram("\(folder)/program", []).status == 0)
  }
}
