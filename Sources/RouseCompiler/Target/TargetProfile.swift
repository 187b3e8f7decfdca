import RouseIR

/// What a board and its firmware offer: the numbers of a file in `targets/` and of those that it extends, each with its
/// source.
public struct TargetProfile: Hashable, Sendable {
  /// A value of the profile and where it comes from.
  public struct Fact<Value: Hashable & Sendable>: Hashable, Sendable {
    public var value: Value
    public var source: String
    /// File and line of the value: `targets/base-esp32-s3.yaml:8`.
    public var place: String

    public init(_ value: Value, source: String, place: String = "") {
      self.value = value
      self.source = source
      self.place = place
    }
  }

  public enum Placement: String, Hashable, Sendable, CaseIterable {
    case psram, `internal`
  }

  /// How wide the C++ compiler of a firmware makes enumerations: it decides the size of TFLite Micro's objects.
  public enum EnumWidth: String, Hashable, Sendable, CaseIterable {
    /// As wide as `int`.
    case int
    /// One byte where the values allow it.
    case short
  }

  public struct Flash: Hashable, Sendable {
    public var sizeBytes: Fact<Int>
    /// One of the slots that the firmware is written to.
    public var appPartitionBytes: Fact<Int>
    public var interpreterBytes: Fact<Int>
    public var frontEndBytes: Fact<Int>
    /// Everything else in the firmware image.
    public var applicationBytes: Fact<Int>
  }

  public struct Memory: Hashable, Sendable {
    public var internalBytes: Fact<Int>
    /// What the application leaves for wake words.
    public var internalFreeBytes: Fact<Int>
    /// 0 on boards without.
    public var psramBytes: Fact<Int>
    public var psramFreeBytes: Fact<Int>
    /// Where the arenas go.
    public var arenaPlacement: Fact<Placement>
    /// The largest tensor arena of one model.
    public var tensorArenaBytes: Fact<Int>
    public var variableArenaBytes: Fact<Int>
    public var interpreterObjectBytes: Fact<Int>
    public var frontEndStateBytes: Fact<Int>
    public var ringBufferBytes: Fact<Int>
    public var taskStackBytes: Fact<Int>
    public var slidingWindowBytes: Fact<Int>
    /// How many variables a model may have.
    public var resourceVariables: Fact<Int>
  }

  public struct Time: Hashable, Sendable {
    /// Between two runs of the front-end.
    public var frameMicroseconds: Fact<Int>
    public var maximumLoadPercent: Fact<Int>
    /// By how many percent of the estimate the true time may exceed it: how far `cycles` missed what was measured.
    public var estimateErrorPercent: Fact<Int>
  }

  /// Estimated processor cycles; a name without an entry costs what `other` says.
  public struct Cycles: Hashable, Sendable {
    public static let other = "other"

    /// By schema name, such as `CONV_2D`.
    public var perMac: [String: Fact<Double>]
    public var perRequantization: [String: Fact<Double>]
    public var perCopiedByte: [String: Fact<Double>]
    public var perNode: Fact<Double>
    /// One run of the front-end.
    public var perFrame: Fact<Double>

    /// Cycles of one operator without the call.
    public func cycles(_ builtin: TFLiteBuiltin, _ cost: Cost) -> Double {
      func coefficient(_ table: [String: Fact<Double>]) -> Double {
        (table[builtin.schemaName] ?? table[Self.other])?.value ?? 0
      }
      return Double(cost.macs) * coefficient(perMac)
        + Double(cost.requantizations) * coefficient(perRequantization)
        + Double(cost.copiedBytes) * coefficient(perCopiedByte)
    }
  }

  /// What one release of a firmware links.
  public struct Firmware: Hashable, Sendable {
    /// What a firmware asks of a model beyond TFLite Micro itself.
    public enum Contract: String, Hashable, Sendable, CaseIterable {
      /// ESPHome's micro_wake_word: int8 `[1, stride, 40]` in, uint8 `[1, 1]` out, at most 20 variables.
      case esphome
      /// An application of one's own around TFLite Micro.
      case tfliteMicro = "tflite-micro"
    }

    /// `ESPHome 2026.10.0`
    public var release: String
    public var contract: Contract
    public var interpreter: String
    public var library: KernelLibrary
    /// The version of the kernels that it links, of which `library` is what the chip runs.
    public var linkedLibrary: KernelLibrary
    /// Schema names of the operators that it registers.
    public var operators: [String]
    /// What its kernels are known to compute wrongly.
    public var faults: [KernelFault]
    public var source: String
  }

  public var name: String
  /// The file the profile was read from, for messages; values may stand in files that it extends.
  public var file: String
  public var chip: Fact<String>
  public var cEnums: Fact<EnumWidth>
  public var clockHertz: Fact<Int>
  public var flash: Flash
  public var memory: Memory
  public var time: Time
  public var cycles: Cycles
  /// Oldest first, at least one.
  public var firmware: [Firmware]

  /// The release that models are compiled for.
  public var currentFirmware: Firmware {
    guard let last = firmware.last else { preconditionFailure("a profile has a firmware") }
    return last
  }
}
