/// What a teacher says of the windows of a bank: 4 bytes for each, where the bank has 40 for each row.
package struct TeacherLogits: Sendable {
  /// By the first row of a window in the bank, divided by the stride: windows of a stream are a stride apart, and two
  /// streams more than that. Not a number where the teacher says nothing. Empty when it does not hear windows.
  private var windows: [Float]
  private let stride: Int
  /// By positive of the bank; empty when the teacher hears windows.
  private let positives: [Float]

  /// - Parameter rows: of the bank.
  package init(rows: Int, stride: Int) {
    windows = [Float](repeating: .nan, count: rows / stride + 1)
    self.stride = stride
    positives = []
  }

  /// - Parameter positives: for each positive of the bank a logit, or not a number.
  package init(positives: [Float]) {
    windows = []
    stride = 1
    self.positives = positives
  }

  /// Of the window that begins at `row` of the bank.
  package subscript(row: Int) -> Float {
    get { windows.isEmpty ? .nan : windows[row / stride] }
    set { windows[row / stride] = newValue }
  }

  /// Of a window that holds the word of a positive.
  package subscript(row: Int, ofPositive positive: Int) -> Float {
    positives.isEmpty ? self[row] : positives[positive]
  }
}

/// What a sampler needs to soften its targets.
package struct Lesson: Sendable {
  package let logits: TeacherLogits
  package let settings: DistillationSettings

  package init(_ logits: TeacherLogits, _ settings: DistillationSettings) {
    self.logits = logits
    self.settings = settings
  }

  /// - Parameter positive: which positive of the bank an example is of; nil for an example without the word.
  func target(_ label: Float, row: Int, positive: Int?) -> Float {
    settings.target(
      label, logit: positive.map { logits[row, ofPositive: $0] } ?? logits[row])
  }
}
