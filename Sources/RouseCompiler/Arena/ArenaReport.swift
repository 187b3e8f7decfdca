/// What a model takes from TFLite Micro's tensor arena, and why.
public struct ArenaReport: Hashable, Sendable {
  /// What decides the size of the arena.
  public enum Binding: Hashable, Sendable {
    /// Room for scratch requests before anything else happens.
    case start
    /// Temporary objects while an operator prepares.
    case prepare(subgraph: Int, node: Int)
    /// The tables of the planner, which are freed before the first inference.
    case planning
    /// Activations and scratch of the plan together with all persistent objects.
    case plan
  }

  /// A planned buffer by name.
  public struct Buffer: Hashable, Sendable {
    public var name: String
    public var bytes: Int
  }

  /// The operator during which the most bytes of activations and scratch are alive.
  public struct PeakNode: Hashable, Sendable {
    public var index: Int
    /// `CONV_2D`
    public var name: String
    public var inputBytes: Int
    public var outputBytes: Int
    public var scratchBytes: Int
    /// The ring buffer that this operator looks back into; it lives in the tail.
    public var stateBytes: Int
    /// Everything alive in the head at that time, also what later operators still need.
    public var liveBytes: Int
  }

  /// Persistent bytes of one kind of object, padding included.
  public struct PersistentShare: Hashable, Sendable {
    /// A schema name such as `CONV_2D`, or one of `interpreter`, `tensors`, `nodes`, `variables`,
    /// `scratch handles`, `model input and output`.
    public var kind: String
    public var bytes: Int
  }

  /// Addresses of an arena modulo 16: heaps and linkers align to 4 at the least.
  public static let bases = [0, 4, 8, 12]

  public var library: KernelLibrary
  /// The smallest arena that never fails: for every base address that is a multiple of 4, and so is any larger one.
  public var minimumBytes: Int
  /// The smallest sufficient arena for each of `bases`.
  public var minimumBytesByBase: [Int]
  /// What `arena_used_bytes()` says of an arena that begins and ends at a multiple of 16.
  public var usedBytes: Int
  /// Activations and scratch.
  public var headBytes: Int
  /// The most bytes of activations and scratch that are alive at one time: no placement has a smaller head.
  public var headLowerBound: Int
  /// Persistent objects, for an arena that ends at a multiple of 16.
  public var tailBytes: Int
  public var binding: Binding
  /// nil for a model without operators.
  public var peak: PeakNode?
  /// The five largest planned buffers, largest first.
  public var largestBuffers: [Buffer]
  /// Shares of `tailBytes`, largest first.
  public var persistentShares: [PersistentShare]
  /// Bytes of all ring buffers, and how many of them are resources: a firmware has room for so many.
  public var variableBytes: Int
  public var variableCount: Int
  public var plan: MemoryPlan

  /// Bytes of the head that a perfect placement might save.
  public var headGap: Int { headBytes - headLowerBound }

  /// `tensor_arena_size` for an ESPHome manifest: a multiple of 16, at least 16 bytes above `minimumBytes`.
  ///
  /// The margin covers one alignment step: of three arenas seen in the field, the end of one stood at another address
  /// modulo 16 than an aligned model assumes (esphome/esphome#15603).
  public var recommendedBytes: Int { aligned(minimumBytes, to: 16) + 16 }
}
