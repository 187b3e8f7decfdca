import Foundation
import Glibc
import RouseAudio
import RouseNumerics
import RouseTraining
import Synchronization
import Testing

@Suite struct ClipStoreTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func load(_ sources: [String], threads: Int = 2) throws -> ClipStore {
    try #require(
      try ClipStore.load(
        try folder.listing(sources), threads: threads, observer: TrainingObserver()))
  }

  @Test func aClipIsWhatTheFileHolds() throws {
    let samples = TestSounds.word()
    try folder.write("words/kim/1.wav", samples)
    let clip = try #require(try load(["role: positive, folder: words, weight: 2.5"]).clips.first)
    let int16 = AudioClip(samples: samples).int16
    #expect(Array(clip.samples) == int16)
    #expect(clip.floats == int16.map { Float($0) / 32768 })
    #expect(clip.record.name == "words/kim/1.wav")
    #expect(clip.record.file == folder.path + "/words/kim/1.wav")
    #expect(clip.record.speaker == "kim")
    #expect(clip.weight == 2.5)
    // The chirp, in whole frames of 10 ms.
    #expect(abs(clip.word.lowerBound - 4800) <= 160)
    #expect(abs(clip.word.upperBound - 11_200) <= 320)
  }

  @Test func partsKeepTheIndicesOfTheWhole() throws {
    try folder.write("n/1.wav", TestSounds.noise(5000))
    let samples = try #require(try load(["role: negative, folder: n"]).clips.first).samples
    let whole = Array(samples)
    let part = samples[1000..<1600]
    #expect(part.startIndex == 1000)
    #expect(Array(part) == Array(whole[1000..<1600]))
    #expect(part[1100..<1200].floats == whole[1100..<1200].map { Float($0) / 32768 })
    #expect(samples.floats(20..<30) == Array(samples.floats[20..<30]))
    #expect(samples[7..<7].floats.isEmpty)
  }

  /// The last piece has 1 to 61 s; joined, the pieces are the recording.
  @Test(
    arguments: [(60, [60]), (60.9, [60.9]), (61.5, [60, 1.5]), (150, [60, 60, 30])]
      as [(Double, [Double])])
  func longRecordingsAreCut(_ seconds: Double, _ pieces: [Double]) throws {
    let samples = TestSounds.noise(Int(seconds * 16_000))
    try folder.write("n/long.wav", samples)
    let clips = try load(["role: negative, folder: n"]).clips
    #expect(clips.map { Double($0.samples.count) / 16_000 } == pieces)
    #expect(clips.flatMap { Array($0.samples) } == AudioClip(samples: samples).int16)
    #expect(clips.allSatisfy { $0.word == 0..<$0.samples.count })
  }

  @Test func silentPiecesOfALongRecordingAreLeftOut() throws {
    let quiet = [Float](repeating: 0, count: 60 * 16_000)
    let noise = TestSounds.noise(16_000)
    try folder.write("n/long.wav", noise + quiet + quiet + noise)
    #expect(try load(["role: noise, folder: n"]).clips.count == 2)
    #expect(try load(["role: noise, folder: n"]).skipped.isEmpty)
  }

  @Test func whatCannotBeUsedIsSaid() throws {
    try folder.write("p/a-silent.wav", [Float](repeating: 0, count: 16_000))
    try folder.write("p/b-short.wav", TestSounds.noise(479))
    try folder.write("p/c-hum.wav", TestSounds.noise(16_000))
    try folder.write("p/d-long.wav", TestSounds.noise(61 * 16_000))
    try folder.write("p/e-word.wav", TestSounds.word())
    try folder.write("p/f-text.wav", "not sound")
    try folder.write("n/short.wav", TestSounds.noise(400))
    let store = try load(["role: positive, folder: p", "role: negative, folder: n"])
    #expect(store.clips.map(\.record.name) == ["p/e-word.wav"])
    let path = folder.path + "/p/d-long.wav"
    #expect(
      store.skipped.prefix(4) == [
        SkippedClip(name: "p/a-silent.wav", reason: .silent),
        SkippedClip(name: "p/b-short.wav", reason: .tooShort(479)),
        SkippedClip(name: "p/c-hum.wav", reason: .noSpeech),
        SkippedClip(name: "p/d-long.wav", reason: .audio(.tooLong(path: path, limitSeconds: 60))),
      ])
    #expect(store.skipped.dropFirst(4).map(\.name) == ["p/f-text.wav", "n/short.wav"])
    #expect(store.skipped.last?.reason == .tooShort(400))
  }

  /// Pipes and devices must not be waited for.
  @Test(.timeLimit(.minutes(20))) func filesOfOtherKindsAreSkipped() throws {
    mkfifo(folder.path + "/pipe.wav", 0o600)
    try folder.write(
      "index.csv", "path\npipe.wav\n/dev/zero\ngone.wav\n\"two\nlines, spaced.wav\"\n")
    try folder.write("two\nlines, spaced.wav", TestSounds.word())
    let store = try load(["role: positive, index: index.csv"])
    #expect(store.clips.map(\.record.name) == ["two\nlines, spaced.wav"])
    #expect(store.skipped.map(\.name) == ["pipe.wav", "/dev/zero", "gone.wav"])
    #expect(
      store.skipped.first?.reason
        == .audio(.wrongKind(path: folder.path + "/pipe.wav", expected: "file")))
  }

  @Test func threadsDoNotChangeTheOrder() throws {
    for index in 0..<12 {
      try folder.write("n/\(index).wav", TestSounds.noise(600 + 100 * index, seed: UInt64(index)))
    }
    let one = try load(["role: negative, folder: n"], threads: 1)
    let four = try load(["role: negative, folder: n"], threads: 4)
    #expect(one.clips.map(\.record.name) == four.clips.map(\.record.name))
    #expect(one.clips.map { Array($0.samples) } == four.clips.map { Array($0.samples) })
  }

  /// What a process holds of the samples is a few pages, however many clips were read.
  @Test func readingLeavesNoPagesBehind() throws {
    // An odd size that no other mapping of this process has.
    let seconds = 97
    try folder.write("n/1.wav", TestSounds.noise(seconds * 16_000))
    let store = try load(["role: negative, folder: n"])
    for clip in store.clips { #expect(clip.floats.count == clip.samples.count) }
    let kilobytes = (2 * seconds * 16_000 + 4095) / 4096 * 4
    let maps = withExtendedLifetime(store) { try? InputFile.read("/proc/self/smaps") }
    let mappings = String(decoding: try #require(maps), as: UTF8.self)
      .components(separatedBy: "VmFlags:")
    let mapping = try #require(
      mappings.first { $0.contains("rouse-scratch") && $0.contains(" \(kilobytes) kB") })
    let resident = mapping.split(separator: "\n").first { $0.hasPrefix("Rss:") }
    let size = try #require(resident?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    #expect(size <= 256, "\(size) of \(kilobytes) kB are resident")
  }

  @Test func aFullDiskIsAnErrorWithSizes() throws {
    try folder.write("n/1.wav", TestSounds.noise(1000))
    try folder.write("n/2.wav", TestSounds.noise(2000))
    let written = Mutex(0)
    var calls = FileCalls()
    calls.write = { descriptor, bytes, offset in
      let isFull = written.withLock { written in
        defer { written += bytes.count }
        return written + bytes.count > 2000
      }
      guard !isFull else {
        errno = ENOSPC
        return -1
      }
      return pwrite(descriptor, bytes.baseAddress, bytes.count, offset)
    }
    #expect {
      try ClipStore.load(
        try folder.listing(["role: negative, folder: n"]), near: folder.path + "/run/new",
        threads: 1, observer: TrainingObserver(), calls: calls)
    } throws: { error in
      guard case .diskFull(let place, 2000, let free) = error as? TrainingError else {
        return false
      }
      return place == folder.path && free > 0
    }
    // Nothing is left behind: the file never had a name that lasts.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["c.yaml", "n"])
  }

  @Test func readingCanBeCancelled() throws {
    for index in 0..<8 { try folder.write("n/\(index).wav", TestSounds.noise(600)) }
    let seen = Mutex(0)
    let store = try ClipStore.load(
      try folder.listing(["role: negative, folder: n"]), threads: 1,
      observer: TrainingObserver(
        progress: { report in seen.withLock { $0 = report.done } },
        isCancelled: { seen.withLock { $0 >= 3 } }))
    #expect(store == nil)
    #expect(seen.withLock { $0 } == 3)
  }
}
