import RouseIR
import RouseNumerics

/// The shape of a MixedNet: a strided convolution over time, then blocks of mixed depthwise convolutions along time,
/// each followed by a 1x1 convolution, then one dense unit over all remaining rows.
///
/// - Source: the network that ESPHome's models use; its stages are described field by field in
///   `Presets/esphome-standard.yaml`. Mixed depthwise kernels: Tan, Le, "MixConv", BMVC 2019.
public struct MixedNetArchitecture: Hashable, Sendable {
  /// One block: `repeats` times a mixed depthwise convolution and a 1x1 convolution.
  public struct Block: Hashable, Sendable {
    /// Kernels of the depthwise stage; the channels are divided among them in order. No stage when none is above 1.
    public var kernels: [Int]
    /// Channels after each 1x1 convolution.
    public var filters: Int
    /// How often both convolutions stand one after the other.
    public var repeats: Int
    /// A 1x1 convolution of the block's input is added to what each repetition makes, before its relu.
    public var isResidual: Bool

    public init(kernels: [Int], filters: Int, repeats: Int = 1, isResidual: Bool = false) {
      self.kernels = kernels
      self.filters = filters
      self.repeats = repeats
      self.isResidual = isResidual
    }

    /// Rows that the block takes away.
    var lostRows: Int { repeats * ((kernels.max() ?? 1) - 1) }
  }

  /// How much sound the last stage sees, before the rows that valid padding costs are added.
  public var clipMilliseconds: Int
  /// 0 for a network that begins with the first block.
  public var firstConvFilters: Int
  /// 1 without a first convolution.
  public var firstConvKernel: Int
  /// Rows between two results of the first convolution: the rows that one streaming step consumes; 1 without one.
  public var stride: Int
  public var blocks: [Block]
  public var head: NetworkHead

  public init(
    clipMilliseconds: Int, firstConvFilters: Int, firstConvKernel: Int, stride: Int,
    blocks: [Block], head: NetworkHead = NetworkHead()
  ) {
    precondition(firstConvFilters > 0 || (firstConvKernel == 1 && stride == 1))
    self.clipMilliseconds = clipMilliseconds
    self.firstConvFilters = firstConvFilters
    self.firstConvKernel = firstConvKernel
    self.stride = stride
    self.blocks = blocks
    self.head = head
  }

  /// Blocks without repetition and residual connection, and a dense unit over all rows.
  public init(
    clipMilliseconds: Int = 1500, firstConvFilters: Int = 32, firstConvKernel: Int = 5,
    stride: Int = 3, pointwiseFilters: [Int] = [64, 64, 64, 64],
    mixconvKernels: [[Int]] = [[5], [7, 11], [9, 15], [23]]
  ) {
    self.init(
      clipMilliseconds: clipMilliseconds, firstConvFilters: firstConvFilters,
      firstConvKernel: firstConvKernel, stride: stride,
      blocks: zip(mixconvKernels, pointwiseFilters).map { Block(kernels: $0, filters: $1) })
  }
}

/// MixedNets by themselves, without a preset.
public enum MixedNet {
  /// See `Architecture.graph`.
  public static func graph(
    _ architecture: MixedNetArchitecture, stepMilliseconds: Int, name: String = "mixednet",
    generator: inout SeededGenerator
  ) throws(TrainingError) -> Graph {
    try Architecture.mixedNet(architecture).graph(
      stepMilliseconds: stepMilliseconds, name: name, generator: &generator)
  }
}

// MARK: - Graph

extension MixedNetArchitecture: WindowedNetwork {
  var graphName: String { "mixednet" }

  var firstKernel: Int { firstConvKernel }

  var lostRows: Int { blocks.reduce(0) { $0 + $1.lostRows } }

  var channelSum: Int {
    blocks.reduce(firstConvFilters + firstConvKernel * Architecture.channels) {
      $0 + $1.filters * ($1.repeats + ($1.isResidual ? 1 + $1.repeats : 0))
    }
  }

  /// Parameters are called `first_conv/weights`, `block1/depthwise0/weights`, `block1/pointwise/weights`,
  /// `block1/batch_norm/gamma` and so on, of a second repetition `block1/repeat2/pointwise/weights`, of a residual
  /// connection `block1/residual/weights`.
  func addBody(to builder: inout NetworkBuilder) throws(GraphError) {
    if firstConvFilters > 0 {
      builder.x = try builder.convolution(
        "first_conv", builder.x, filters: firstConvFilters, kernel: firstConvKernel,
        stride: stride, activation: .relu)
    }
    for (index, block) in blocks.enumerated() {
      try builder.add(block, named: "block\(index + 1)")
    }
  }
}

extension NetworkBuilder {
  fileprivate mutating func add(
    _ block: MixedNetArchitecture.Block, named name: String
  ) throws(GraphError) {
    var shortcut: ValueID?
    if block.isResidual {
      let linear = try convolution("\(name)/residual", x, filters: block.filters, kernel: 1)
      shortcut = try normalized("\(name)/residual/batch_norm", linear, activation: .none)
    }
    for repetition in 1...block.repeats {
      let stage = repetition == 1 ? name : "\(name)/repeat\(repetition)"
      let mixed = try addDepthwise(stage, block.kernels)
      let linear = try convolution("\(stage)/pointwise", mixed, filters: block.filters, kernel: 1)
      guard let old = shortcut else {
        x = try normalized("\(stage)/batch_norm", linear, activation: .relu)
        continue
      }
      let branch = try normalized("\(stage)/batch_norm", linear, activation: .none)
      let aligned = try dropping(
        shape(old)[1] - shape(branch)[1], of: old, as: "\(stage)/shortcut")
      x = try one("\(stage)/add", .add(Add(activation: .relu)), [branch, aligned])
      shortcut = aligned
    }
  }

  /// Depthwise convolutions of one block. With several kernels the channels are divided among them, and the branches
  /// with shorter kernels first drop rows at the start of time, so that all end together.
  private mutating func addDepthwise(_ name: String, _ kernels: [Int]) throws(GraphError) -> ValueID
  {
    let longest = kernels.max() ?? 1
    guard longest > 1 else { return x }
    let sizes = Self.divide(shape(x)[3], among: kernels.count)
    let branches =
      kernels.count == 1
      ? [x] : try builder.node("\(name)/split", .splitV(SplitV(sizes: sizes, axis: 3)), [x])
    var results: [ValueID] = []
    for (index, kernel) in kernels.enumerated() {
      let branch = try dropping(
        longest - kernel, of: branches[index], as: "\(name)/align\(index)")
      results.append(try depthwise("\(name)/depthwise\(index)", branch, kernel: kernel))
    }
    if results.count == 1 { return results[0] }
    return try one("\(name)/mixed", .concatenation(Concatenation(axis: 3)), results)
  }

  /// `channels` in `parts` nearly equal numbers, the remainder spread over the first ones.
  private static func divide(_ channels: Int, among parts: Int) -> [Int] {
    (0..<parts).map { channels / parts + ($0 < channels % parts ? 1 : 0) }
  }
}
