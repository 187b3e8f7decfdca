import RouseNumerics

/// Finds the windows without the wake word that a network takes for it.
///
/// A random window of hours of speech soon teaches nothing: the network is sure of nearly all of them. A search runs the
/// network over all negative streams at the cost of a few training steps, and the windows nearest to being accepted are
/// then drawn more often until the next search.
package struct HardNegatives: Sendable {
  private let bank: FeatureBank
  private let geometry: WindowGeometry
  private let examples: ExampleSettings

  /// A probability of 2 %: below it a window teaches no more than a random one.
  private static let leastLogit: Float = -4

  package init(_ bank: FeatureBank, _ preset: Preset) {
    self.bank = bank
    geometry = WindowGeometry(preset)
    examples = preset.examples
  }

  /// True when the batches after `step` need a search of the streams that the batches before it came from.
  package func isDue(after step: Int) -> Bool {
    settings.fraction > 0 && step % settings.searchEvery == 0
      && !examples.isRenewed(beforeStep: step)
  }

  /// True when other streams are searched as soon as they are there.
  package var areUsed: Bool { settings.fraction > 0 }

  private var settings: ExampleSettings.HardNegativeSettings { examples.hardNegatives }

  /// First rows, in the bank, of the windows with the highest logits, highest first; of equal ones the earlier.
  package func search(_ scanner: StreamScanner) -> [UInt32] {
    var found: [(logit: Float, row: UInt32)] = []
    let logits = scanner.logits(bank.streams, of: bank.negatives)
    for (stream, values) in zip(bank.negatives, logits) {
      let first = bank.streams.ranges[stream].lowerBound
      for (window, logit) in values.enumerated() where logit > Self.leastLogit {
        found.append((logit, UInt32(first + geometry.start(ofWindow: window))))
      }
    }
    found.sort { ($1.logit, $0.row) < ($0.logit, $1.row) }
    return found.prefix(settings.count).map(\.row)
  }
}
