import Foundation
import RouseNumerics
import Testing

@Suite struct AtomicFileTests {
  func contents(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func writesAndReplaces() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.tflite"
      try AtomicFile.write([1, 2, 3], to: path)
      #expect(try InputFile.read(path) == [1, 2, 3])
      try AtomicFile.write([UInt8](repeating: 9, count: 3_000_000), to: path)
      #expect(try InputFile.read(path) == [UInt8](repeating: 9, count: 3_000_000))
      try AtomicFile.write("äöü\n", to: path)
      #expect(try InputFile.read(path) == Array("äöü\n".utf8))
      try AtomicFile.write([], to: path)
      #expect(try InputFile.read(path) == [])
      #expect(try contents(folder) == ["model.tflite"])
    }
  }

  @Test func newFilesFollowTheUmask() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a"
      try AtomicFile.write([1], to: path)
      let plain = folder + "/b"
      #expect(FileManager.default.createFile(atPath: plain, contents: nil))
      let modes = try [path, plain].map {
        try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
      }
      #expect(modes[0] == modes[1])
    }
  }

  /// Each call that can fail after the temporary file exists, with the code a full disk gives.
  static let failures: [(operation: FileError.Operation, calls: FileCalls)] = {
    var write = FileCalls()
    write.write = { _, _, _ in
      errno = ENOSPC
      return -1
    }
    var stall = FileCalls()
    stall.write = { _, _, _ in 0 }
    var sync = FileCalls()
    sync.sync = { _ in
      errno = ENOSPC
      return -1
    }
    var close = FileCalls()
    close.close = {
      _ = Glibc.close($0)
      errno = ENOSPC
      return -1
    }
    var rename = FileCalls()
    rename.rename = { _, _ in
      errno = ENOSPC
      return -1
    }
    return [
      (.write, write), (.write, stall), (.sync, sync), (.close, close), (.rename, rename),
    ]
  }()

  @Test(arguments: failures.indices) func aFullDiskIsAnErrorAndLeavesNothing(_ index: Int) throws {
    let (operation, calls) = Self.failures[index]
    try withTemporaryFolder { folder in
      let path = folder + "/run.json"
      try AtomicFile.write([7], to: path)
      #expect(throws: FileError(path: path, operation: operation, code: ENOSPC)) {
        try AtomicFile.write([1, 2], to: path, calls: calls)
      }
      #expect(try contents(folder) == ["run.json"])
      #expect(try InputFile.read(path) == [7])
    }
  }

  @Test func shortAndInterruptedWritesContinue() throws {
    var calls = FileCalls()
    calls.write = { descriptor, bytes, offset in
      if offset % 2 == 1 && bytes.count % 3 == 0 {
        errno = EINTR
        return pwrite(descriptor, bytes.baseAddress, 1, offset) == 1 ? 1 : -1
      }
      return pwrite(descriptor, bytes.baseAddress, min(bytes.count, 3), offset)
    }
    try withTemporaryFolder { folder in
      let bytes = (0..<100).map(UInt8.init)
      try AtomicFile.write(bytes, to: folder + "/x", calls: calls)
      #expect(try InputFile.read(folder + "/x") == bytes)
    }
  }

  @Test func anInterruptedCallIsRepeated() throws {
    try withTemporaryFolder { folder in
      var calls = FileCalls()
      let marker = folder + "/interrupted"
      calls.write = { descriptor, bytes, offset in
        if access(marker, F_OK) != 0 {
          _ = close(creat(marker, 0o600))
          errno = EINTR
          return -1
        }
        return pwrite(descriptor, bytes.baseAddress, bytes.count, offset)
      }
      try AtomicFile.write([4, 5], to: folder + "/x", calls: calls)
      #expect(try InputFile.read(folder + "/x") == [4, 5])
    }
  }

  @Test func theSystemReportsAFullDevice() throws {
    // `/dev/full` fails every write with ENOSPC: the code really is what the kernel gives.
    var calls = FileCalls()
    calls.write = { _, bytes, offset in
      let full = open("/dev/full", O_WRONLY)
      defer { _ = close(full) }
      return pwrite(full, bytes.baseAddress, bytes.count, offset)
    }
    try withTemporaryFolder { folder in
      #expect(throws: FileError(path: folder + "/x", operation: .write, code: ENOSPC)) {
        try AtomicFile.write([1], to: folder + "/x", calls: calls)
      }
      let left = try contents(folder)
      #expect(left == [])
    }
  }

  @Test func refusesFoldersDevicesAndMissingFolders() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileError(path: folder, operation: .status, code: EISDIR)) {
        try AtomicFile.write([1], to: folder)
      }
      #expect(throws: FileError(path: "/dev/null", operation: .status, code: ENOTSUP)) {
        try AtomicFile.write([1], to: "/dev/null")
      }
      let missing = folder + "/none/x"
      #expect(throws: FileError(path: missing, operation: .create, code: ENOENT)) {
        try AtomicFile.write([1], to: missing)
      }
    }
  }

  @Test func aDroppedWriterLeavesNothing() throws {
    try withTemporaryFolder { folder in
      do {
        var writer = try AtomicFileWriter(path: folder + "/x")
        try writer.append([1, 2, 3])
        #expect(writer.count == 3)
      }
      #expect(try contents(folder) == [])
    }
  }

  @Test func overwritesWhatWasAppended() throws {
    try withTemporaryFolder { folder in
      var writer = try AtomicFileWriter(path: folder + "/x")
      try writer.append([0, 0, 3, 4])
      try writer.overwrite([1, 2], at: 0)
      try writer.append([5])
      try writer.commit()
      #expect(try InputFile.read(folder + "/x") == [1, 2, 3, 4, 5])
    }
  }

  @Test func readingIsBounded() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try AtomicFile.write([1, 2, 3], to: path)
      #expect(try InputFile.read(path, limit: 3) == [1, 2, 3])
      #expect(throws: FileError(path: path, operation: .read, code: EFBIG)) {
        try InputFile.read(path, limit: 2)
      }
      #expect(throws: FileError(path: "/dev/zero", operation: .read, code: EFBIG)) {
        try InputFile.read("/dev/zero", limit: 1000)
      }
      #expect(throws: FileError(path: folder, operation: .status, code: EISDIR)) {
        try InputFile.read(folder)
      }
      #expect(throws: FileError(path: path + "y", operation: .open, code: ENOENT)) {
        try InputFile.read(path + "y")
      }
    }
  }
}
