import RouseNumerics
import RouseTraining
import Testing

@Suite struct SectionFileTests {
  private let file = SectionFile(
    .model,
    [
      .init("text", .text("grüße\n")), .init("floats", .floats([1, -0.5, .leastNonzeroMagnitude])),
      .init("numbers", .numbers([0, .max])), .init("", .floats([])),
    ])

  @Test func readsWhatItWrites() throws {
    #expect(try SectionFile(bytes: file.bytes, kind: .model, path: "f") == file)
  }

  @Test func everyDamagedByteIsNoticed() {
    let bytes = file.bytes
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 0x10
      #expect(throws: TrainingError.self) {
        try SectionFile(bytes: damaged, kind: .model, path: "f")
      }
    }
  }

  @Test func everyShortenedFileIsNoticed() {
    let bytes = file.bytes
    for count in bytes.indices {
      #expect(throws: TrainingError.self) {
        try SectionFile(bytes: Array(bytes[..<count]), kind: .model, path: "f")
      }
    }
  }

  /// A right checksum over nonsense, as a hostile writer would make it.
  @Test func nonsenseUnderARightChecksumIsAnError() {
    let body = Array(file.bytes.dropLast(32))
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<3000 {
      var hostile = body
      for _ in 0..<1 + generator.below(3) {
        hostile[generator.below(hostile.count)] = UInt8(generator.below(256))
      }
      _ = try? SectionFile(bytes: hostile + SHA256.digest(hostile), kind: .model, path: "f")
    }
    var huge = body
    // The length of the first section, after a header of 24, a name length of 2, the name of 4 and a type.
    for index in 31..<39 { huge[index] = 0xFF }
    #expect(throws: TrainingError.self) {
      try SectionFile(bytes: huge + SHA256.digest(huge), kind: .model, path: "f")
    }
  }

  @Test func anotherKindIsRefused() {
    #expect(
      throws: TrainingError.corrupt(
        file: "f", offset: 12, expected: "a file of kind checkpoint", found: "2")
    ) { try SectionFile(bytes: file.bytes, kind: .checkpoint, path: "f") }
  }
}
