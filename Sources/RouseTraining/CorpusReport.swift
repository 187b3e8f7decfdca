import RouseAudio

/// What a corpus holds, found by decoding every recording once; nothing is kept or trained.
public struct CorpusReport: Hashable, Sendable {
  /// Usable recordings of one role and split.
  public struct Part: Hashable, Sendable {
    public var role: SourceRole
    public var split: Split
    /// Recordings that training can use.
    public var recordings = 0
    /// Samples at 16 kHz of what is kept of them.
    public var samples = 0
    /// Known speakers.
    public var speakers = 0
    /// Recordings that are listed and cannot be used.
    public var skipped = 0

    public var minutes: Double { Double(samples) / 16_000 / 60 }
  }

  /// Quantiles of the lengths of the words that were found, in milliseconds.
  public struct WordLengths: Hashable, Sendable {
    public var words: Int
    public var shortest: Int
    /// 5 % of the words are not longer.
    public var low: Int
    public var median: Int
    /// 95 % of the words are not longer.
    public var high: Int
    public var longest: Int
  }

  public var wakeWord: String
  /// Those with recordings, by role and then by split.
  public var parts: [Part]
  /// Nil without a single word.
  public var words: WordLengths?
  public var skipped: [SkippedClip]
  public var warnings: [CorpusWarning]
  public var sources: [SourceSummary]
  /// Roles that training cannot do without and does not find here.
  public var missing: [MissingRole]
  /// Disk that a run needs for decoded sound while it works.
  public var scratchBytes: Int

  /// Memory of the clip store during a run, see `ClipStore`.
  ///
  /// - Parameter threads: that decode at the same time.
  public func memoryBytes(threads: Int) -> Int {
    let listed = parts.reduce(0) { $0 + $1.recordings + $1.skipped }
    return Self.bytesPerRecording * listed + Self.bytesPerThread * threads
  }

  private static let bytesPerRecording = 600
  private static let bytesPerThread = 25 << 20

  /// - Throws: what is wrong with the corpus file, an index or a folder.
  /// - Returns: nil when cancelled.
  public static func make(
    _ corpus: Corpus, threads: Int, observer: TrainingObserver
  ) throws(TrainingError) -> CorpusReport? {
    let listing = try CorpusListing(corpus)
    let found = try ClipReading.read(listing, into: nil, threads: threads, observer: observer)
    guard let found else { return nil }
    let ambient = listing.records.indices.filter { listing.records[$0].role == .ambient }
    let counter = ProgressCounter(.heldOut, total: ambient.count, observer)
    let lengths = ParallelMap.map(
      count: ambient.count, threads: threads, isCancelled: observer.isCancelled
    ) { position in
      defer { counter.count() }
      return length(of: listing.records[ambient[position]], isCancelled: observer.isCancelled)
    }
    guard let lengths else { return nil }
    var tally = Tally(listing)
    for piece in found.pieces { tally.count(piece.record, samples: piece.count) }
    for clip in found.skipped { tally.skip(clip) }
    for (index, length) in zip(ambient, lengths) {
      switch length {
      case .success(let samples): tally.count(index, samples: samples)
      case .failure(let clip): tally.skip(clip)
      }
    }
    let words = found.pieces.filter { listing.records[$0.record].role == .positive }
    return CorpusReport(
      wakeWord: corpus.wakeWord, parts: tally.parts,
      words: WordLengths(words.map { $0.word.count / 16 }), skipped: tally.skipped,
      warnings: listing.warnings + tally.warnings, sources: listing.sources, missing: tally.missing,
      scratchBytes: found.pieces.reduce(0) { $0 + 2 * $1.count })
  }

  /// Samples at 16 kHz.
  private static func length(
    of record: ClipRecord, isCancelled: () -> Bool
  ) -> Result<Int, SkippedClip> {
    do {
      let reader = try AudioFile.blocks(record.file)
      var samples = 0
      while !isCancelled(), let block = try reader.next() { samples += block.count }
      return .success(samples)
    } catch {
      return .failure(SkippedClip(name: record.name, reason: .audio(error)))
    }
  }
}

extension CorpusReport.WordLengths {
  /// Nil when there are none.
  fileprivate init?(_ milliseconds: [Int]) {
    guard !milliseconds.isEmpty else { return nil }
    let sorted = milliseconds.sorted()
    func quantile(_ share: Double) -> Int {
      sorted[Int((share * Double(sorted.count - 1)).rounded())]
    }
    self.init(
      words: sorted.count, shortest: quantile(0), low: quantile(0.05), median: quantile(0.5),
      high: quantile(0.95), longest: quantile(1))
  }
}

/// Counts recordings by role and split.
private struct Tally {
  private struct Place: Hashable {
    var role: SourceRole
    var split: Split
  }

  private let listing: CorpusListing
  private var samples: [Int?]
  private(set) var skipped: [SkippedClip] = []

  init(_ listing: CorpusListing) {
    self.listing = listing
    samples = [Int?](repeating: nil, count: listing.records.count)
  }

  mutating func count(_ record: Int, samples count: Int) {
    samples[record] = (samples[record] ?? 0) + count
  }

  mutating func skip(_ clip: SkippedClip) { skipped.append(clip) }

  var parts: [CorpusReport.Part] {
    var parts: [Place: CorpusReport.Part] = [:]
    var speakers: [Place: Set<String>] = [:]
    for (record, samples) in zip(listing.records, samples) {
      let place = Place(role: record.role, split: record.split)
      var part = parts[place] ?? CorpusReport.Part(role: record.role, split: record.split)
      if let samples {
        part.recordings += 1
        part.samples += samples
        if let speaker = record.speaker { speakers[place, default: []].insert(speaker) }
      } else {
        part.skipped += 1
      }
      parts[place] = part
    }
    return SourceRole.allCases.flatMap { role in
      Split.allCases.compactMap { split in
        let place = Place(role: role, split: split)
        var part = parts[place]
        part?.speakers = speakers[place]?.count ?? 0
        return part
      }
    }
  }

  var warnings: [CorpusWarning] {
    let parts = parts
    return CorpusWarning.missingParts { role, split in
      !parts.contains { $0.role == role && $0.split == split && $0.recordings > 0 }
    }
  }

  /// Positives and negatives without a usable clip to train on.
  var missing: [MissingRole] {
    [SourceRole.positive, .negative].filter { role in
      !zip(listing.records, samples).contains { record, samples in
        record.role == role && record.split == .train && samples != nil
      }
    }.map { MissingRole($0, .train, skipped: skipped, listing) }
  }
}
