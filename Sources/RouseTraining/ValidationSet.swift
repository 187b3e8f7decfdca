import Glibc
import RouseAudio
import RouseNumerics

/// How good weights are on held-out people.
public struct ValidationScore: Hashable, Sendable, Comparable {
  /// Mean recall over the cutoffs that allow 0, 1, 3, 7, … of the loudest false accepts: what the choice goes by.
  public var recall: Double
  /// Recall with no false accept at all.
  public var recallWithoutFalseAccepts: Double
  /// Mean cross-entropy of the logits' peaks; decides between equal recalls.
  public var loss: Double
  /// Of the cutoff one half: what a person follows while a network trains.
  public var missRate = 0.0
  public var falseAcceptsPerHour = 0.0

  package init(recall: Double, recallWithoutFalseAccepts: Double, loss: Double) {
    self.recall = recall
    self.recallWithoutFalseAccepts = recallWithoutFalseAccepts
    self.loss = loss
  }

  public static func < (a: ValidationScore, b: ValidationScore) -> Bool {
    (a.recall, -a.loss) < (b.recall, -b.loss)
  }
}

/// Held-out streams, and the rule by which weights are compared on them.
///
/// Accuracy says nothing about a detector that listens to hours of other sound for every wake word. So the weights run
/// over held-out streams as on the device: probabilities in 8 bits, summed over the sliding window. Each positive
/// stream counts with its highest sum, each second of negative streams with its highest sum (a detection silences the
/// firmware for about that long). A cutoff that allows `k` false accepts is the sum of the `k + 1` loudest second; recall is
/// the share of positives above it. The mean over `k = 0, 1, 3, 7, …`, up to one second in twenty, counts each doubling of
/// false accepts alike: any one cutoff is a lottery on an hour of held-out speech, in which the same clips come back. Because sums saturate at 255 per probability, weights whose probabilities crowd at the top score
/// as badly here as they would on a device.
package struct ValidationSet: Sendable {
  package var positives: FeatureStreams
  package var negatives: FeatureStreams
  package let slidingWindow: Int
  /// Steps of the streaming model in a second.
  package let stepsPerSecond: Int

  /// Numbers of false accepts to allow in so many seconds.
  static func allowances(seconds: Int) -> [Int] {
    var allowances = [0]
    while let last = allowances.last, (2 * last + 1) * 20 <= seconds {
      allowances.append(2 * last + 1)
    }
    return allowances
  }

  package init(
    positives: FeatureStreams, negatives: FeatureStreams, slidingWindow: Int, stepsPerSecond: Int
  ) {
    self.positives = positives
    self.negatives = negatives
    self.slidingWindow = slidingWindow
    self.stepsPerSecond = stepsPerSecond
  }

  package func score(_ scanner: StreamScanner) -> ValidationScore {
    let heard = scanner.logits(positives)
    let others = scanner.logits(negatives)
    let hits = heard.map { sums($0).max() ?? 0 }
    var accepts: [Int] = []
    for logits in others {
      let sums = sums(logits)
      for start in stride(from: 0, to: sums.count, by: stepsPerSecond) {
        accepts.append(sums[start..<min(start + stepsPerSecond, sums.count)].max() ?? 0)
      }
    }
    accepts.sort(by: >)
    let recalls = Self.allowances(seconds: accepts.count).map { allowed -> Double in
      let cutoff = allowed < accepts.count ? accepts[allowed] : 0
      return Double(hits.count { $0 > cutoff }) / Double(max(hits.count, 1))
    }
    var score = ValidationScore(
      recall: recalls.reduce(0, +) / Double(recalls.count), recallWithoutFalseAccepts: recalls[0],
      loss: meanLoss(heard, isPositive: true) + meanLoss(others, isPositive: false))
    let half = 128 * slidingWindow
    let hours = Double(others.reduce(0) { $0 + $1.count }) / Double(3600 * stepsPerSecond)
    score.missRate = Double(hits.count { $0 <= half }) / Double(max(hits.count, 1))
    score.falseAcceptsPerHour = hours > 0 ? Double(accepts.count { $0 > half }) / hours : 0
    return score
  }

  /// Moving sums of probabilities in 1/256, as the device adds them up.
  private func sums(_ logits: [Float]) -> [Int] {
    let codes = logits.map { logit -> Int in
      let probability = 1 / (1 + exp(-Double(logit)))
      return min(255, Int((probability * 256).rounded()))
    }
    guard codes.count >= slidingWindow else { return [] }
    var sum = codes[..<(slidingWindow - 1)].reduce(0, +)
    return (slidingWindow - 1..<codes.count).map { step in
      sum += codes[step]
      defer { sum -= codes[step - slidingWindow + 1] }
      return sum
    }
  }

  /// Mean over streams of the cross-entropy at the highest logit.
  private func meanLoss(_ streams: [[Float]], isPositive: Bool) -> Double {
    let peaks = streams.compactMap { $0.max() }
    let losses = peaks.map { log1p(exp(Double(isPositive ? -$0 : $0))) }
    return losses.reduce(0, +) / Double(max(losses.count, 1))
  }
}

// MARK: - Making one

extension ValidationSet {
  /// A positive counts as recorded and with noise.
  private static let noisySnr: ClosedRange<Float> = 5...20

  /// - Parameters:
  ///   - composer: over recordings of the validation split.
  /// - Returns: nil when cancelled.
  package static func make(
    _ composer: SceneComposer, noises: [Clip], preset: Preset, seed: UInt64, threads: Int,
    observer: TrainingObserver
  ) -> ValidationSet? {
    var noisy = AugmentationSettings()
    noisy.roomProbability = 0
    noisy.noiseProbability = 1
    noisy.snrDecibels = noisySnr
    noisy.gainDecibels = 0...0
    let augmenter = Augmenter(noisy, noises: noises.map(\.samples), rooms: [])
    let positives = composer.positives.clips
    let hours = preset.examples.validationHours
    let scenes = max(1, Int((hours / composer.negativeSceneHours).rounded()))
    let made = ParallelMap.map(
      count: 2 * positives.count + scenes, threads: threads, isCancelled: observer.isCancelled
    ) { index -> [Int8] in
      var generator = FeatureBank.GeneratorStream.validation.generator(seed, index)
      var samples: [Float]
      if index < 2 * positives.count {
        samples = SceneComposer.plain(positives[index / 2].floats, &generator)
      } else {
        samples = composer.negative(&generator).samples
      }
      if index % 2 == 1 { samples = augmenter.augment(samples, &generator) }
      return FeatureStreams.rows(samples, stepMilliseconds: preset.stepMilliseconds)
    }
    guard let made else { return nil }
    let step = preset.architecture.stride * preset.stepMilliseconds
    var set = ValidationSet(
      positives: FeatureStreams(), negatives: FeatureStreams(),
      slidingWindow: preset.detection.slidingWindow, stepsPerSecond: max(1, 1000 / step))
    for (index, rows) in made.enumerated() {
      if index < 2 * positives.count {
        set.positives.append(rows)
      } else {
        set.negatives.append(rows)
      }
    }
    return set
  }
}
