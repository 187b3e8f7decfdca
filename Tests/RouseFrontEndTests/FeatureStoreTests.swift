import Foundation
import RouseFrontEnd
import RouseNumerics
import Testing

@Suite struct FeatureStoreTests {
  static let provenance = SHA256.digest(Array("corpus".utf8))

  /// Three clips of 2, 0 and 3 rows.
  static let clips: [FeatureClip] = [
    FeatureClip(name: "a/1.wav", label: "hey_rouse", speaker: "s1", role: "train", rows: 0..<2),
    FeatureClip(name: "", label: "", speaker: "", role: "", rows: 2..<2),
    FeatureClip(name: "b/ä.flac", label: "other", speaker: "", role: "test", rows: 2..<5),
  ]

  static func row(_ index: Int) -> [Int8] {
    (0..<40).map { Int8(truncatingIfNeeded: index * 40 + $0) }
  }

  static func write(to path: String) throws {
    var writer = try FeatureStoreWriter(path: path, stepMilliseconds: 10, provenance: provenance)
    for clip in clips {
      try writer.append(
        clip.rows.flatMap(row), name: clip.name, label: clip.label, speaker: clip.speaker,
        role: clip.role)
    }
    try writer.commit()
  }

  @Test func readsWhatWasWritten() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/features.store"
      try Self.write(to: path)
      let store = try FeatureStore(path: path)
      try store.verifyRows()
      #expect(store.clips == Self.clips)
      #expect(store.rowCount == 5)
      #expect(store.stepMilliseconds == 10)
      #expect(store.provenance == Self.provenance)
      for clip in store.clips { #expect(store.rows(clip.rows) == clip.rows.flatMap(Self.row)) }
      #expect(store.withRows(3..<4) { $0[39] } == Self.row(3)[39])
      // The same clips give the same bytes, and nothing else is left in the folder.
      try Self.write(to: folder + "/again")
      let bytes = try InputFile.read(path)
      #expect(try InputFile.read(folder + "/again") == bytes)
      #expect(bytes.count == 192 + 5 * 40 + (3 * 24 + 23 + 18))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
    }
  }

  @Test func anEmptyStoreIsAStore() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      let writer = try FeatureStoreWriter(
        path: path, stepMilliseconds: 20, provenance: Self.provenance)
      try writer.commit()
      let store = try FeatureStore(path: path)
      try store.verifyRows()
      #expect(store.clips.isEmpty)
      #expect(store.rowCount == 0)
      #expect(store.rows(0..<0) == [])
      #expect(store.stepMilliseconds == 20)
    }
  }

  @Test func anUnfinishedStoreLeavesNothing() throws {
    try withTemporaryFolder { folder in
      do {
        var writer = try FeatureStoreWriter(
          path: folder + "/x", stepMilliseconds: 10, provenance: Self.provenance)
        try writer.append(Self.row(0), name: "a", label: "b", speaker: "c", role: "d")
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }

  /// Any change of any byte is found, and the error names the part.
  @Test func everyChangedByteIsFound() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try Self.write(to: path)
      var bytes = try InputFile.read(path)
      let rowsEnd = 192 + 200
      for index in bytes.indices {
        let original = bytes[index]
        bytes[index] = original ^ (1 << UInt8(index % 8))
        try AtomicFile.write(bytes, to: path)
        let expected: FrontEndError =
          switch index {
          case 0..<8: .notAFeatureStore(path: path)
          case 8..<192: .corruptStore(path: path, part: .header, offset: 0, count: 192)
          case 192..<rowsEnd: .corruptStore(path: path, part: .rows, offset: 192, count: 200)
          default:
            .corruptStore(path: path, part: .table, offset: rowsEnd, count: bytes.count - rowsEnd)
          }
        #expect(throws: expected) { try FeatureStore(path: path).verifyRows() }
        bytes[index] = original
      }
    }
  }

  @Test func everyTruncationIsFound() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try Self.write(to: path)
      let bytes = try InputFile.read(path)
      for count in 0..<bytes.count {
        try AtomicFile.write(Array(bytes[..<count]), to: path)
        let expected: FrontEndError =
          switch count {
          case 0..<8: .notAFeatureStore(path: path)
          case 8..<192: .wrongStoreSize(path: path, foundBytes: count, expectedBytes: 192)
          default: .wrongStoreSize(path: path, foundBytes: count, expectedBytes: bytes.count)
          }
        #expect(throws: expected) { try FeatureStore(path: path) }
      }
      try AtomicFile.write(bytes + [0], to: path)
      #expect(
        throws: FrontEndError.wrongStoreSize(
          path: path, foundBytes: bytes.count + 1, expectedBytes: bytes.count)
      ) { try FeatureStore(path: path) }
    }
  }

  /// Headers whose checksum is right although what they say is not.
  @Test func sealedNonsenseIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try Self.write(to: path)
      let bytes = try InputFile.read(path)
      func opening(_ change: (inout [UInt8]) -> Void) throws {
        var changed = bytes
        change(&changed)
        changed.replaceSubrange(128..<160, with: SHA256.digest(Array(changed[392...])))
        changed.replaceSubrange(160..<192, with: SHA256.digest(Array(changed[..<160])))
        try AtomicFile.write(changed, to: path)
        _ = try FeatureStore(path: path)
      }
      try opening { _ in }
      #expect(throws: FrontEndError.unsupportedStoreVersion(path: path, found: 2, supported: 1)) {
        try opening { $0[8] = 2 }
      }
      #expect(throws: FrontEndError.wrongChannels(path: path, found: 41, expected: 40)) {
        try opening { $0[12] = 41 }
      }
      #expect(
        throws: FrontEndError.wrongStoreSize(
          path: path, foundBytes: bytes.count, expectedBytes: .max)
      ) { try opening { for index in 24..<40 { $0[index] = 0xFF } } }
      // More clips than there can be, fewer than there are.
      #expect(throws: FrontEndError.malformedTable(path: path, offset: 392)) {
        try opening { for index in 20..<24 { $0[index] = 0xFF } }
      }
      #expect(throws: FrontEndError.malformedTable(path: path, offset: 392 + 47 + 24)) {
        try opening { $0[20] = 2 }
      }
      // A clip with more rows than the store, a text longer than the table, bytes that are no UTF-8.
      #expect(throws: FrontEndError.malformedTable(path: path, offset: 392)) {
        try opening { $0[392] = 6 }
      }
      #expect(throws: FrontEndError.malformedTable(path: path, offset: 400)) {
        try opening { $0[403] = 0xFF }
      }
      #expect(throws: FrontEndError.malformedTable(path: path, offset: 400)) {
        try opening { $0[404] = 0xFF }
      }
      // Clips that leave rows over.
      #expect(throws: FrontEndError.malformedTable(path: path, offset: bytes.count)) {
        try opening { $0[392] = 1 }
      }
    }
  }

  @Test func otherFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("RIFF", to: folder + "/a.wav")
      #expect(throws: FrontEndError.notAFeatureStore(path: folder + "/a.wav")) {
        try FeatureStore(path: folder + "/a.wav")
      }
      let missing = FileError(path: folder + "/none", operation: .open, code: ENOENT)
      #expect(throws: FrontEndError.file(missing)) { try FeatureStore(path: folder + "/none") }
      let isFolder = FileError(path: folder, operation: .status, code: EISDIR)
      #expect(throws: FrontEndError.file(isFolder)) { try FeatureStore(path: folder) }
    }
  }

  /// The store outlives the replacement of its file.
  @Test func replacingTheFileKeepsOpenStores() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try Self.write(to: path)
      let store = try FeatureStore(path: path)
      try AtomicFile.write([], to: path)
      #expect(store.rows(0..<5) == (0..<5).flatMap(Self.row))
    }
  }
}
