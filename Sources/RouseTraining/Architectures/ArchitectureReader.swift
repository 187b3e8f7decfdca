extension Architecture {
  private enum Kind: String, CaseIterable { case mixednet, inception }

  private static let sharedKeys = [
    "kind", "clip_ms", "first_conv_filters", "first_conv_kernel", "stride", "pooling",
    "spatial_attention",
  ]
  private static let mixedNetKeys =
    sharedKeys + ["pointwise_filters", "mixconv_kernels", "repeat", "residual"]
  private static let inceptionKeys =
    sharedKeys + ["first_conv_groups", "branch_filters", "block_filters", "block_kernels"]

  /// The `architecture` section of a preset.
  ///
  /// - Throws: `.unknownKey` with the nearest key of the network's kind, `.missingKey`, `.wrongValue` for numbers that no
  ///   network can have.
  init(_ root: StrictYAML, stepMilliseconds: Int) throws(TrainingError) {
    let keys = Self.mixedNetKeys + Self.inceptionKeys.filter { !Self.mixedNetKeys.contains($0) }
    let any = try root.mapping("architecture", keys: keys)
    switch try any.choice("kind", Kind.self) {
    case .mixednet:
      let section = try root.mapping("architecture", keys: Self.mixedNetKeys)
      self = .mixedNet(try MixedNetArchitecture(section))
    case .inception:
      let section = try root.mapping("architecture", keys: Self.inceptionKeys)
      self = .inception(try InceptionArchitecture(section))
    }
    try check(any, stepMilliseconds)
  }

  /// What holds for every kind.
  private func check(_ section: StrictYAML, _ stepMilliseconds: Int) throws(TrainingError) {
    // A stride above the kernel would leave rows that the network never sees.
    guard network.firstKernel >= stride else {
      throw section.wrong(
        "first_conv_kernel", expected: "at least the stride, \(stride)",
        found: "`\(network.firstKernel)`")
    }
    let rows = windowRows(stepMilliseconds: stepMilliseconds)
    guard rows <= Self.largestWindow else {
      throw section.wrong(
        "clip_ms", expected: "a window of at most \(Self.largestWindow) feature rows",
        found: "\(rows) rows")
    }
    let (last, kernel) = (network.headRows(windowRows: rows), NetworkHead.attentionKernel)
    guard !network.head.spatialAttention || last >= kernel else {
      throw section.wrong(
        "clip_ms", expected: "sound for the \(kernel) rows that spatial attention sees",
        found: "\(last) row\(last == 1 ? "" : "s")")
    }
  }

  /// Twenty seconds at 10 ms: more than any wake word, and it bounds the memory of a batch.
  private static let largestWindow = 2000

  /// 8 GiB: more than a laptop has to spare, and hundreds of times what the standard preset needs.
  static let largestTrainingBytes = 8 << 30

  /// A bound on the memory that one example of a batch takes: in each block about eight tensors of float32 hold
  /// activations and gradients.
  func trainingBytes(stepMilliseconds: Int) -> Int {
    4 * 8 * network.channelSum * (windowRows(stepMilliseconds: stepMilliseconds) / stride + 1)
  }
}

extension NetworkHead {
  fileprivate init(_ section: StrictYAML) throws(TrainingError) {
    self.init(
      pooling: section.has("pooling") ? try section.choice("pooling", Pooling.self) : .none,
      spatialAttention: section.has("spatial_attention")
        ? try section.choice("spatial_attention", Truth.self) == .true : false)
  }
}

/// Yes or no, as YAML writes it.
private enum Truth: String, CaseIterable { case `true`, `false` }

extension MixedNetArchitecture {
  fileprivate init(_ section: StrictYAML) throws(TrainingError) {
    let clip = try section.int("clip_ms", 30...10_000)
    let first = try section.int("first_conv_filters", 0...1024)
    // Without a first convolution nothing strides: both keys may then be left out.
    func number(_ key: String, _ range: ClosedRange<Int>) throws(TrainingError) -> Int {
      if first == 0, !section.has(key) { return 1 }
      let number = try section.int(key, range)
      guard first > 0 || number == 1 else {
        throw section.wrong(key, expected: "1 without a first convolution", found: "`\(number)`")
      }
      return number
    }
    let kernel = try number("first_conv_kernel", 1...64)
    let stride = try number("stride", 1...10)
    let filters = try section.ints("pointwise_filters", count: 1...16, 1...1024)
    let kernels = try section.intLists("mixconv_kernels", count: 1...16, inner: 1...8, 1...128)
    guard filters.count == kernels.count else {
      throw section.wrong(
        "mixconv_kernels", expected: "\(filters.count) lists, one for each block",
        found: "\(kernels.count)")
    }
    func each(_ key: String, _ range: ClosedRange<Int>, else value: Int) throws(TrainingError)
      -> [Int]
    {
      guard section.has(key) else { return [Int](repeating: value, count: filters.count) }
      return try section.ints(key, count: filters.count...filters.count, range)
    }
    let repeats = try each("repeat", 1...8, else: 1)
    let residuals = try each("residual", 0...1, else: 0)
    var channels = first == 0 ? Architecture.channels : first
    var blocks: [Block] = []
    for index in filters.indices {
      // A repetition sees the channels of the one before it.
      let fewest = repeats[index] > 1 ? min(channels, filters[index]) : channels
      guard kernels[index].count <= fewest || kernels[index].max() == 1 else {
        throw section.wrong(
          "mixconv_kernels", expected: "at most \(fewest) kernels for \(fewest) channels",
          found: "\(kernels[index].count)")
      }
      blocks.append(
        Block(
          kernels: kernels[index], filters: filters[index], repeats: repeats[index],
          isResidual: residuals[index] == 1))
      channels = filters[index]
    }
    self.init(
      clipMilliseconds: clip, firstConvFilters: first, firstConvKernel: kernel, stride: stride,
      blocks: blocks, head: try NetworkHead(section))
  }
}

extension InceptionArchitecture {
  fileprivate init(_ section: StrictYAML) throws(TrainingError) {
    let first = try section.int("first_conv_filters", 1...1024)
    let groups = try section.int("first_conv_groups", 1...1024)
    guard first % groups == 0 else {
      throw section.wrong(
        "first_conv_groups", expected: "a divisor of the \(first) filters", found: "`\(groups)`")
    }
    let filters = try section.ints("block_filters", count: 1...16, 1...1024)
    func each(_ key: String, _ range: ClosedRange<Int>) throws(TrainingError) -> [Int] {
      try section.ints(key, count: filters.count...filters.count, range)
    }
    let branches = try each("branch_filters", 1...1024)
    let kernels = try each("block_kernels", 1...64)
    self.init(
      clipMilliseconds: try section.int("clip_ms", 30...10_000), firstConvFilters: first,
      firstConvKernel: try section.int("first_conv_kernel", 1...64), firstConvGroups: groups,
      stride: try section.int("stride", 1...10),
      blocks: filters.indices.map {
        Block(kernel: kernels[$0], branchFilters: branches[$0], filters: filters[$0])
      }, head: try NetworkHead(section))
  }
}
