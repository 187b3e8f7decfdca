import Foundation
import Glibc
import RouseAudio
import Testing

@Suite struct AudioFolderTests {
  let folder = TemporaryFolder()

  func make(_ names: [String]) throws {
    for name in names {
      let path = folder(name)
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      _ = FileManager.default.createFile(atPath: path, contents: Data())
    }
  }

  func listed() throws -> [String] {
    try AudioFolder.files(in: folder.path).map { String($0.dropFirst(folder.path.count + 1)) }
  }

  @Test func filesAreSortedByBytesAndFilteredByExtension() throws {
    try make([
      "b.wav", "a/z.FLAC", "a/b/c.Mp3", "B.ogg", "é.opus", "notes.txt", "wav", "x.wav.bak",
      ".hidden.wav", ".cache/a.wav", "a-b.oga",
    ])
    #expect(
      try listed() == ["B.ogg", "a-b.oga", "a/b/c.Mp3", "a/z.FLAC", "b.wav", "é.opus"])
  }

  @Test func whatIsLeftOutIsCounted() throws {
    try make(["a.wav", "a/b.m4a", "a/notes.txt", ".hidden"])
    mkfifo(folder("pipe.wav"), 0o600)
    let bytes = Array(folder("a/b").utf8CString.dropLast()) + [CChar(bitPattern: 0xC3), 0]
    close(open(bytes, O_CREAT | O_WRONLY, 0o600))
    let contents = try AudioFolder.contents(of: folder.path)
    #expect(contents.files == [folder("a.wav")])
    #expect(contents.otherFiles == 2)
    #expect(contents.unreadableNames == [folder("a/b\u{FFFD}")])
  }

  @Test func linksThatLoopAreHarmless() throws {
    try make(["a/one.wav", "b/two.wav"])
    symlink("..", folder("a/up"))
    symlink(folder("a"), folder("b/again"))
    symlink("nowhere.wav", folder("broken.wav"))
    symlink("a/one.wav", folder("linked.wav"))
    #expect(try listed() == ["a/one.wav", "b/two.wav", "linked.wav"])
  }

  @Test func filesAndMissingPathsAreErrors() throws {
    try make(["a.wav"])
    #expect(throws: AudioError.wrongKind(path: folder("a.wav"), expected: "folder")) {
      try AudioFolder.files(in: folder("a.wav"))
    }
    #expect(
      throws: AudioError.unreadable(path: folder("none"), reason: "No such file or directory")
    ) { try AudioFolder.files(in: folder("none")) }
  }

  @Test func aClosingSlashIsNotDoubled() throws {
    try make(["a.wav"])
    #expect(try AudioFolder.files(in: folder.path + "/") == [folder("a.wav")])
  }
}
