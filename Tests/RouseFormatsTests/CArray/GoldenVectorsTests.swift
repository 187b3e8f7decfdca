import Foundation
import RouseFormats
import Testing

/// `NAME_golden.h`: what a board compares itself with.
@Suite struct GoldenVectorsTests {
  static let golden = GoldenVectors(
    rows: (0..<64 * 120).map { Int8(truncatingIfNeeded: $0 * 37 - 128) },
    probabilities: (0..<64).map { UInt8(truncatingIfNeeded: $0 * 5) })
  let header = Self.golden.header(of: CArrayTests.array)

  @Test func readsBackEqual() throws {
    #expect(header.fileName == "hey_r_use_golden.h")
    #expect(try GoldenVectors(header: header.bytes) == Self.golden)
  }

  @Test func damagedHeadersAreErrors() {
    let text = String(decoding: header.bytes, as: UTF8.self)
    func failure(_ text: String) -> FormatError? {
      do {
        _ = try GoldenVectors(header: Array(text.utf8))
        return nil
      } catch { return error }
    }
    #expect(failure("") != nil)
    for (old, new, expected) in [
      (" -91,", " -291,", "-128 to 127"), (" 10,", " 1x,", "-128 to 127"),
      (" 5, 10,", " 5 10,", "a number such as `-12,`"),
      (" 200, 205,", " 200, 305,", "0 to 255"),
      (" 200, 205,", " 200,", "as many inferences as outputs"),
    ] {
      #expect(text.contains(old), "\(old)")
      guard case .text(.cArray, _, expected, _) = failure(text.replacing(old, with: new)) else {
        Issue.record(
          "accepted `\(new)`: \(String(describing: failure(text.replacing(old, with: new))))")
        continue
      }
    }
  }

  /// The program answers from a table; the environment says at which step it lies (-1: never) or fails.
  private static let program = """
    #include <stdlib.h>
    #include "hey_r_use_golden.h"
    struct table { int next; int wrong; int failing; };
    static int answer(void *context, const int8_t *rows, uint8_t *probability) {
      struct table *table = (struct table *)context;
      int step = table->next++;
      if (rows[0] != (int8_t)(step * 120 * 37 - 128)) return 1;
      *probability = (uint8_t)(step * 5);
      if (step == table->wrong) *probability ^= 1;
      return step == table->failing;
    }
    int main(int count, char **arguments) {
      struct table table = {0, atoi(arguments[1]), atoi(arguments[2])};
      (void)count;
      return hey_r_use_self_test(answer, &table) + 1;
    }

    """

  @Test(
    .enabled(if: find("gcc") != nil && find("g++") != nil), arguments: CArrayTests.compilers)
  func theSelfTestFindsTheFlippedByte(compiler: CArrayTests.Compiler) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = [header, Artefact(fileName: "main.c", text: Self.program)]
    try BundleWriter.write(files, to: folder)
    let build = try runProgram(
      try #require(find(compiler.program)),
      compiler.arguments + [
        "-Wall", "-Wextra", "-Werror", "-pedantic", "-o", "\(folder)/program", "\(folder)/main.c",
      ])
    #expect(build.status == 0, "\(build.output)")
    for step in 0..<64 {
      #expect(try runProgram("\(folder)/program", ["\(step)", "-1"]).status == Int32(step + 1))
    }
    #expect(try runProgram("\(folder)/program", ["-1", "-1"]).status == 0)
    #expect(try runProgram("\(folder)/program", ["50", "17"]).status == 18)
  }
}
