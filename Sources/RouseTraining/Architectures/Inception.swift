import RouseIR

/// The shape of an Inception network: one convolution along time, then blocks of three branches that look back over
/// different times, each block projected by a 1x1 convolution, then one dense unit over all remaining rows.
///
/// A block over `c` channels, with kernel `k` and `f` branch filters; every convolution has batch normalization and relu:
///
/// ```
/// branch 1: 1x1 c -> f
/// branch 2: 1x1 c -> f, k x 1 f -> f
/// branch 3: 1x1 c -> f, k x 1 f -> f, k x 1 f -> f
/// project:  1x1 3·f -> blockFilters
/// ```
///
/// This is the network of ESPHome's first models, which have 20 ms feature rows and an inference for each: with the
/// default values 59,008 multiply-accumulates a step and 59,665 folded parameters, as counted in the published files.
///
/// Left out of microWakeWord's `inception.py`: dilation (1 in its defaults), more than one first convolution (one in its
/// defaults), grouped normalization inside blocks (one group in its defaults, which is plain batch normalization), and
/// the layers that delay a branch, which only its `same` padding uses. Dropout before the dense unit is a matter of
/// training, not of the network.
///
/// - Source: microWakeWord `inception.py`; the numbers are those of its README's example, whose operators, states and
///   parameters equal those of the published `okay_nabu` of version 1.
public struct InceptionArchitecture: Hashable, Sendable {
  /// One block of three branches.
  public struct Block: Hashable, Sendable {
    public var kernel: Int
    /// Channels of every convolution inside the branches.
    public var branchFilters: Int
    /// Channels after the block.
    public var filters: Int

    public init(kernel: Int, branchFilters: Int, filters: Int) {
      self.kernel = kernel
      self.branchFilters = branchFilters
      self.filters = filters
    }
  }

  /// How much sound the last stage sees, before the rows that valid padding costs are added.
  public var clipMilliseconds: Int
  public var firstConvFilters: Int
  public var firstConvKernel: Int
  /// Groups of channels that the first convolution's normalization treats alike.
  public var firstConvGroups: Int
  /// Rows between two results of the first convolution: the rows that one streaming step consumes.
  public var stride: Int
  public var blocks: [Block]
  public var head: NetworkHead

  public init(
    clipMilliseconds: Int = 1500, firstConvFilters: Int = 32, firstConvKernel: Int = 5,
    firstConvGroups: Int = 4, stride: Int = 1,
    blocks: [Block] = [
      Block(kernel: 3, branchFilters: 24, filters: 32),
      Block(kernel: 5, branchFilters: 24, filters: 64),
      Block(kernel: 5, branchFilters: 24, filters: 96),
    ], head: NetworkHead = NetworkHead()
  ) {
    precondition(firstConvFilters % firstConvGroups == 0)
    self.clipMilliseconds = clipMilliseconds
    self.firstConvFilters = firstConvFilters
    self.firstConvKernel = firstConvKernel
    self.firstConvGroups = firstConvGroups
    self.stride = stride
    self.blocks = blocks
    self.head = head
  }
}

// MARK: - Graph

extension InceptionArchitecture: WindowedNetwork {
  var graphName: String { "inception" }

  var firstKernel: Int { firstConvKernel }

  /// Branch 3 has two kernels one after the other.
  var lostRows: Int { blocks.reduce(0) { $0 + 2 * ($1.kernel - 1) } }

  var channelSum: Int {
    blocks.reduce(firstConvFilters + firstConvKernel * Architecture.channels) {
      $0 + 9 * $1.branchFilters + $1.filters
    }
  }

  /// Parameters are called `first_conv/weights`, `first_conv/batch_norm/gamma`, `block1/branch2/reduce/weights`,
  /// `block1/branch3/middle/weights`, `block1/branch3/weights`, `block1/project/batch_norm/gamma` and so on.
  func addBody(to builder: inout NetworkBuilder) throws(GraphError) {
    let first = try builder.convolution(
      "first_conv", builder.x, filters: firstConvFilters, kernel: firstConvKernel, stride: stride)
    builder.x = try builder.normalized(
      "first_conv/batch_norm", first, activation: .relu, groups: firstConvGroups)
    for (index, block) in blocks.enumerated() {
      try builder.add(block, named: "block\(index + 1)")
    }
  }
}

extension NetworkBuilder {
  fileprivate mutating func add(
    _ block: InceptionArchitecture.Block, named name: String
  ) throws(GraphError) {
    let input = x
    let chains =
      [["branch1"], ["branch2/reduce", "branch2"]] + [
        ["branch3/reduce", "branch3/middle", "branch3"]
      ]
    var branches: [ValueID] = []
    for (index, stages) in chains.enumerated() {
      var branch = input
      for (position, stage) in stages.enumerated() {
        branch = try addLayer(
          "\(name)/\(stage)", branch, filters: block.branchFilters,
          kernel: position == 0 ? 1 : block.kernel)
      }
      let surplus = (chains.count - 1 - index) * (block.kernel - 1)
      branches.append(try dropping(surplus, of: branch, as: "\(name)/branch\(index + 1)/newest"))
    }
    let joined = try one("\(name)/joined", .concatenation(Concatenation(axis: 3)), branches)
    x = try addLayer("\(name)/project", joined, filters: block.filters, kernel: 1)
  }

  /// Convolution, batch normalization and relu.
  private mutating func addLayer(
    _ name: String, _ x: ValueID, filters: Int, kernel: Int
  ) throws(GraphError) -> ValueID {
    let linear = try convolution(name, x, filters: filters, kernel: kernel)
    return try normalized("\(name)/batch_norm", linear, activation: .relu)
  }
}
