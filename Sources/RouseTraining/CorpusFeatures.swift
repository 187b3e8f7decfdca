import RouseAudio
import RouseFrontEnd
import RouseNumerics

/// Device features of a corpus for a network that was trained elsewhere: what the feature files of a run folder hold,
/// made the same way from the same splits.
///
/// Calibration streams are augmented recordings of the train split, as loud, noisy and reverberant as in training;
/// validation streams are those that a training would choose its checkpoint on; test clips are as they were recorded.
public struct CorpusFeatures: Sendable {
  /// `[rows · 40]` each.
  public var calibration: [[Int8]]
  public var validationPositives: [[Int8]]
  /// Ambient recordings of the validation split; without any, speech without the wake word.
  public var validationAmbient: [[Int8]]
  public var hasAmbientValidation: Bool
  public var testPositives: [[Int8]]
  public var testAmbient: [[Int8]]
  /// Usable clips by role and split.
  public var clips: [SourceRole: [Split: Int]]
  public var skipped: [SkippedClip]
  public var warnings: [CorpusWarning]

  /// What a network that is not Rouse's own needs of its examples.
  public struct Geometry: Hashable, Sendable {
    public var stepMilliseconds: Int
    /// Rows that a stream has to hold before the end of a word.
    public var windowRows: Int

    public init(stepMilliseconds: Int, windowRows: Int) {
      self.stepMilliseconds = stepMilliseconds
      self.windowRows = windowRows
    }
  }

  /// Ambient recordings take 14.4 MB of memory an hour.
  ///
  /// - Parameter recipe: says how recordings become examples and how many calibrate.
  /// - Parameter observer: is told how far it is; nothing here takes long enough to be cancelled.
  /// - Throws: `.noUsableClips` without positives or negatives to calibrate on; what reading a corpus throws.
  public static func make(
    _ corpus: Corpus, _ geometry: Geometry, recipe: Preset, threads: Int,
    observer: TrainingObserver
  ) throws(TrainingError) -> CorpusFeatures {
    let preset = geometry.applied(to: recipe)
    let listing = try CorpusListing(corpus)
    let observer = TrainingObserver(progress: observer.progress)
    guard let store = try ClipStore.load(listing, threads: threads, observer: observer) else {
      preconditionFailure("an observer that only hears progress never cancels")
    }
    var warnings = listing.warnings
    let parts = try TrainingClips(store, listing, warnings: &warnings)
    guard
      let examples = try Examples.make(
        parts, preset: preset, seed: corpus.seed, threads: threads, observer: observer),
      let ambient = HeldOutFeatures.streams(
        listing.records(.ambient, .validation), preset, threads: threads, observer: observer),
      let test = HeldOutFeatures.streams(
        listing.records(.ambient, .test), preset, threads: threads, observer: observer)
    else { preconditionFailure("an observer that only hears progress never cancels") }
    return CorpusFeatures(
      calibration: examples.bank.streams.all.map {
        Array($0.prefix(HeldOutFeatures.calibrationRows * FeatureStreams.channels))
      },
      validationPositives: examples.validation.positives.all,
      validationAmbient: ambient.rows.isEmpty
        ? examples.validation.negatives.all : ambient.rows,
      hasAmbientValidation: !ambient.rows.isEmpty,
      testPositives: parts.testPositives.enumerated().map { index, clip in
        HeldOutFeatures.rows(clip, index, preset, seed: corpus.seed)
      },
      testAmbient: test.rows, clips: store.counts,
      skipped: store.skipped + ambient.skipped + test.skipped, warnings: warnings)
  }
}

extension CorpusFeatures.Geometry {
  /// The recipe for a network of these windows, making as many streams as calibrate.
  fileprivate func applied(to recipe: Preset) -> Preset {
    var preset = recipe
    preset.stepMilliseconds = stepMilliseconds
    // A network of one row a result, whose window is as long as wanted: 30 ms and as many strides as rows.
    preset.architecture = .mixedNet(
      MixedNetArchitecture(
        clipMilliseconds: Architecture.windowSamples / Architecture.samplesPerMillisecond
          + (windowRows - 1) * stepMilliseconds,
        firstConvKernel: 1, stride: 1, pointwiseFilters: [], mixconvKernels: []))
    let clips = Double(recipe.calibration.clips)
    let positives = (clips * recipe.calibration.positiveFraction).rounded()
    let sceneSeconds = max(10, 2 * Double(windowRows * stepMilliseconds) / 1000)
    preset.examples.positiveStreams = Int(positives)
    preset.examples.negativeHours = (clips - positives) * sceneSeconds / 3600
    return preset
  }
}

extension FeatureStreams {
  /// The rows of every stream.
  fileprivate var all: [[Int8]] {
    ranges.map { Array(values[$0.lowerBound * Self.channels..<$0.upperBound * Self.channels]) }
  }
}
