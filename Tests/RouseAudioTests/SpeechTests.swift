import Foundation
import Glibc
import RouseAudio
import RouseNumerics
import Synchronization
import Testing

/// eSpeak NG and Flite are installed wherever these tests run: `./rouse` and `./test` set them up.
@Suite(.serialized) struct SpeechTests {
  let folder = TemporaryFolder()

  @Test(arguments: [Voice(.espeak, "en-us"), Voice(.espeak, "en-gb+f2"), Voice(.flite, "slt")])
  func textsBecomeTheSameSpeechEachTime(voice: Voice) throws {
    let synthesizer = SpeechSynthesizer(temporaryFolder: folder.path)
    let clip = try synthesizer.speak("hey nova", voice)
    #expect(clip.sampleRate == 16_000)
    #expect((0.4..<2).contains(clip.seconds))
    #expect(WordBounds.find(in: clip.samples) != nil)
    #expect(try synthesizer.speak("hey nova", voice) == clip)
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: [Voice(.espeak, "en-us"), Voice(.flite, "slt")])
  func styleChangesSpeech(voice: Voice) throws {
    let synthesizer = SpeechSynthesizer(temporaryFolder: folder.path)
    func speak(_ style: SpeechStyle) throws -> AudioClip {
      try synthesizer.speak("we were away a year ago", voice, style)
    }
    let plain = try speak(SpeechStyle())
    #expect(try speak(SpeechStyle(speed: 1.3)).seconds < 0.9 * plain.seconds)
    #expect(try speak(SpeechStyle(speed: 0.8)).seconds > 1.1 * plain.seconds)
    #expect(try speak(SpeechStyle(pitch: 1.25)).samples != plain.samples)
  }

  /// Texts are arguments and never commands or options.
  @Test(arguments: ["--help", "-v de", "$(touch x)", "a; touch x", "`touch x`"])
  func textsAreNeverInterpreted(text: String) throws {
    let synthesizer = SpeechSynthesizer(temporaryFolder: folder.path)
    for voice in [Voice(.espeak, "en-us"), Voice(.flite, "kal16")] {
      #expect(try synthesizer.speak(text, voice).seconds > 0.2)
    }
    #expect(folder.names.isEmpty)
  }

  @Test func failuresOfThePrograms() {
    let synthesizer = SpeechSynthesizer(temporaryFolder: folder.path)
    do {
      _ = try synthesizer.speak("hey", Voice(.espeak, "xx-none"))
      Issue.record("an unknown voice spoke")
    } catch .programFailed("espeak-ng", let arguments, 1, let message) {
      #expect(arguments.contains("xx-none"))
      #expect(message.contains("voice does not exist"))
    } catch {
      Issue.record("\(error)")
    }
    #expect(folder.names.isEmpty)
    let missing = SpeechSynthesizer(temporaryFolder: folder("none"))
    #expect(
      throws: AudioError.cannotWrite(path: folder("none"), reason: "No such file or directory")
    ) { try missing.speak("hey", Voice(.espeak, "en-us")) }
  }

  /// Together, in any order, or alone: a text is pronounced the same.
  @Test func homophonesArePronouncedTheSame() throws {
    let texts = ["hey nova", "hay nova", "hey nover", "he nova", "nova hey"]
    let accents = ["en-us", "en-gb"]
    let spoken = try Pronunciation.of(texts, accents: accents)
    #expect(spoken[0] == spoken[1])
    #expect(spoken[0] == spoken[2])
    #expect(spoken[0] != spoken[3])
    #expect(spoken[0] != spoken[4])
    #expect(try Pronunciation.of(texts.reversed(), accents: accents) == spoken.reversed())
    #expect(try Pronunciation.of([texts[3]], accents: accents) == [spoken[3]])
    // A comma makes two clauses, two lines, of one text.
    #expect(
      try Pronunciation.of(["hey, nova", "hey nova"], accents: ["en-us"]).allSatisfy {
        $0.hasSuffix("noUv@/")
      })
  }

  @Test func variantsOfANameAreOneSpeaker() {
    let names = [
      "en-us", "en-gb", "en-us+f1", "en-gb+f1", "en-us+f2", "en-us+Gene", "en-gb+Gene2",
      "en-us+Mr serious",
    ]
    #expect(
      names.map { Voice(.espeak, $0).speaker } == [
        "espeak-plain", "espeak-plain", "espeak-f1", "espeak-f1", "espeak-f2", "espeak-gene",
        "espeak-gene", "espeak-mr-serious",
      ])
    #expect(Voice(.flite, "slt").speaker == "flite-slt")
  }

  @Test func installedVoicesAreManyAndDistinct() throws {
    let catalog = try VoiceCatalog.installed(SpeechSynthesizer(temporaryFolder: folder.path))
    #expect(catalog.accents.starts(with: ["en-us", "en-gb"]))
    #expect(catalog.variants.first == "")
    #expect(catalog.variants.count >= 60)
    #expect(Set(catalog.variants).count == catalog.variants.count)
    // Both are files of eSpeak NG 1.51 that give the very sound of `caleb`.
    #expect(catalog.variants.filter { ["caleb", "klatt", "klatt6"].contains($0) } == ["caleb"])
    #expect(catalog.flite == ["awb", "kal16", "rms", "slt"])
    #expect(!catalog.voices.contains { $0.name.contains("mb") && $0.name.contains("us1") })
  }
}

@Suite(.serialized) struct DemoCorpusTests {
  let folder = TemporaryFolder()

  var small: DemoCounts {
    var counts = DemoCounts()
    counts.positives = 30
    counts.nearMisses = 20
    counts.otherSpeech = 20
    counts.ambientMinutes = 0.2
    counts.ambientStreams = 2
    counts.rooms = 2
    counts.noiseSeconds = 1
    return counts
  }

  func rows(_ yaml: String) throws -> [[String]] {
    let index = (yaml as NSString).deletingLastPathComponent + "/index.csv"
    return try String(contentsOfFile: index, encoding: .utf8).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  @Test func corporaAreWholeDividedBySpeakerAndReproducible() throws {
    let phrase = try WakePhrase("hey nova")
    let last = Mutex((done: 0.0, total: 0.0))
    let yaml = try DemoCorpus.build(phrase: phrase, seed: 7, counts: small, into: folder("a")) {
      progress in
      last.withLock { last in
        #expect(progress.done >= last.done)
        last = (progress.done, progress.total)
      }
    }
    #expect(last.withLock { $0.done >= 0.9 * $0.total })
    let rows = try rows(yaml)
    // 70 clips, two test streams and a validation stream.
    #expect(rows.count == 73)
    let root = (yaml as NSString).deletingLastPathComponent
    for row in rows {
      let clip = try AudioFile.read("\(root)/\(row[0])")
      #expect(WordBounds.find(in: clip.samples) != nil || row[1] != "hey nova", "\(row)")
      let isPositive = row[1] == "hey nova"
      #expect(phrase.occurs(in: row[4]) == isPositive)
    }
    // A speaker belongs to one split, whatever the label.
    let spoken = rows.filter { $0[2] != "-" }
    for (speaker, group) in Dictionary(grouping: spoken, by: { $0[2] }) {
      #expect(Set(group.map { $0[3] }).count == 1, "\(speaker)")
    }
    for split in ["train", "validation", "test"] {
      for label in ["hey nova", "near_miss", "other_speech"] {
        #expect(rows.contains { $0[1] == label && $0[3] == split }, "\(label) \(split)")
      }
    }
    let streams = rows.filter { $0[1] == "ambient_speech" }
    let seconds = try streams.map { try AudioFile.read("\(root)/\($0[0])").seconds }
    #expect(seconds.reduce(0, +) >= 12)
    #expect(try AudioFolder.files(in: root + "/noise").count == 5)
    for file in try AudioFolder.files(in: root + "/rooms") {
      #expect(RoomImpulse(try AudioFile.read(file).samples)?.directIndex == 0)
    }

    // The same again elsewhere: the same bytes in every file.
    let other = try DemoCorpus.build(phrase: phrase, seed: 7, counts: small, into: folder("b"))
    let otherRoot = (other as NSString).deletingLastPathComponent
    let names = try #require(FileManager.default.subpaths(atPath: root)).sorted()
    #expect(FileManager.default.subpaths(atPath: otherRoot)?.sorted() == names)
    for name in names {
      #expect(
        FileManager.default.contents(atPath: "\(root)/\(name)")
          == FileManager.default.contents(atPath: "\(otherRoot)/\(name)"), "\(name)")
    }
  }

  @Test func finishedCorporaAreReusedAndLeftoversRemoved() throws {
    let phrase = try WakePhrase("jarvis")
    var counts = small
    counts.positives = 3
    counts.nearMisses = 3
    counts.otherSpeech = 3
    counts.ambientMinutes = 0.01
    let first = try DemoCorpus.build(phrase: phrase, seed: 1, counts: counts, into: folder("c"))
    let name = ((first as NSString).deletingLastPathComponent as NSString).lastPathComponent
    let marker = (first as NSString).deletingLastPathComponent + "/marker"
    #expect(FileManager.default.createFile(atPath: marker, contents: Data()))
    #expect(
      try DemoCorpus.build(phrase: phrase, seed: 1, counts: counts, into: folder("c")) == first)
    #expect(FileManager.default.fileExists(atPath: marker))
    #expect(
      try DemoCorpus.build(phrase: phrase, seed: 2, counts: counts, into: folder("c")) != first)

    // What an interrupted run leaves (no process has this number) and a corpus that lost its file.
    let leftover = folder("c/.\(name).partial-4194999")
    try FileManager.default.createDirectory(
      atPath: leftover + "/positive", withIntermediateDirectories: true)
    unlink(first)
    #expect(
      try DemoCorpus.build(phrase: phrase, seed: 1, counts: counts, into: folder("c")) == first)
    #expect(FileManager.default.fileExists(atPath: first))
    #expect(!FileManager.default.fileExists(atPath: marker))
    #expect(!FileManager.default.fileExists(atPath: leftover))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder("c")).count == 2)
  }

  @Test func unwritableCachesAreErrors() throws {
    let path = folder.write([1], to: "file") + "/cache"
    #expect(throws: AudioError.cannotWrite(path: path, reason: "Not a directory")) {
      try DemoCorpus.build(phrase: try WakePhrase("jarvis"), seed: 1, into: path)
    }
  }
}
