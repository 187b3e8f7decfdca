import RouseFormats

/// The words for what stands in the way of importing a network.
extension Diagnostic {
  init(cannotImport problems: [ImportProblem], from file: String) {
    let count = problems.count == 1 ? "one operator" : "\(problems.count) operators"
    let whole = problems.allSatisfy { $0.position == nil }
    var helps: [String] = []
    for problem in problems {
      if let help = problem.reason.help, !helps.contains(help) { helps.append(help) }
    }
    self.init(
      message: whole
        ? "the network of this \(file) cannot become a wake-word detector"
        : "\(count) of this \(file) cannot run step by step",
      notes: problems.map(\.line), help: helps.isEmpty ? nil : helps.joined(separator: "; "))
  }

  init(ambiguousTimeOf input: String, shape: [Int]) {
    let wide = shape.indices.filter { shape[$0] > 1 }
    let readings = wide.map { time in
      let features = wide.first { $0 != time } ?? time
      return "--time-axis \(time): \(shape[time]) rows on axis \(time), "
        + "\(shape[features]) features on axis \(features)"
    }
    self.init(
      message: "two axes of the input \(shape) could be time", location: "input `\(input)`",
      notes: readings, help: "say which of the two it is")
  }

  init(openWindowOf input: String, axis: Int) {
    self.init(
      message: "the model leaves open how many rows a window has (axis \(axis))",
      location: "input `\(input)`",
      help: "state the rows that it was trained with, --window-rows N, or export it with a fixed "
        + "shape")
  }
}

extension ImportProblem {
  /// `operator 12, Conv "/blocks/0/Conv": …`
  fileprivate var line: String {
    let place = position.map { "operator \($0), \(operation) `\(name)`: " } ?? "`\(name)`: "
    return place + reason.message
  }
}

extension ImportReason {
  var message: String {
    switch self {
    case .unknownOperator: "Rouse has no counterpart of this operator"
    case .foreignDomain(let domain): "it belongs to the operator set `\(domain)`, not to ONNX"
    case .recurrent: "it carries a state of its own that no operator of the firmware can hold"
    case .attention: "it relates every row of the window to every other"
    case .liveStatistics: "it normalizes by statistics of the very input, anew in every window"
    case .quantized: "the model is already quantized; Rouse imports float networks"
    case .alreadyStreaming:
      "the model streams already; Rouse imports networks over a whole window"
    case .attribute(let name, let expected, let found):
      "`\(name)` is \(found), expected \(expected)"
    case .notConstant(let what): "\(what) must be a constant of the file, and is computed"
    case .missingOperand(let what): "\(what) is missing"
    case .mismatch(let what, let expected, let found):
      "\(what): found \(found), expected \(expected)"
    case .padsTime(let before, let after):
      "it pads time by \(before) rows before and \(after) after the window: a result needs rows of "
        + "the future"
    case .dropsNewestRows(let rows): "it leaves out the newest \(rows) rows of time"
    case .skipsRows(let step): "it keeps every \(step)th row only"
    case .mixesWindowIntoRows:
      "it combines each row with something computed from the whole window"
    case .dependsOnPosition: "its constant differs from row to row of the window"
    case .unequalRows(let expected, let found):
      "its operands do not end together: \(expected), and \(found)"
    case .treatsTimeAs(let what): "it takes time as \(what)"
    case .refused(let error): error.diagnostic.message
    case .movesElements(let what): "it \(what), which the firmware has no operator for"
    case .output(let found): "expected one probability or two classes, found \(found)"
    }
  }

  /// What to do about it.
  var help: String? {
    switch self {
    case .recurrent: "replace recurrent layers by convolutions along time (a temporal ConvNet)"
    case .attention: "replace attention by depthwise convolutions along time"
    case .liveStatistics: "use BatchNorm, whose statistics are fixed after training"
    case .quantized: "`rouse check` and `rouse run` take quantized models; export the float one"
    case .padsTime:
      "train with valid padding (padding=0), or with zeros before the window only (causal)"
    case .dropsNewestRows: "cut a residual branch at its start: x[:, :, kernel - 1:]"
    case .skipsRows: "give the convolution before it a stride instead"
    case .mixesWindowIntoRows: "leave squeeze-and-excitation and the like out"
    case .dependsOnPosition: "leave position embeddings and normalization of single rows out"
    case .treatsTimeAs: "if another axis of the input is time, say --time-axis N"
    default: nil
    }
  }
}

extension ImportNote {
  var text: String {
    switch self {
    case .timeAxis(let axis, let shape): "time is axis \(axis) of the input \(shape)"
    case .addedLogistic: "the result is a logit: a logistic function was put behind it"
    case .foldedTwoClasses:
      "the two classes became the probability of the second one (class 1, the wake word)"
    case .tookNewestRow(let rows): "of \(rows) rows of results the newest counts"
    case .unusedRows(let rows):
      "the last \(rows) rows of a window do not reach the result: a stream answers that much earlier"
    case .causalPadding(let rows):
      "\(rows) rows of zeros before the window: a stream computes the same from its start on"
    }
  }
}
