import RouseIR

/// Sizes of TFLite Micro's C++ objects on a 32-bit target.
///
/// - Source: the class and struct definitions of tensorflow/tflite-micro as esp-tflite-micro 1.3.3.1 ships them.
///   `ArenaModelTests` reproduces `arena_used_bytes` of 27 measured models with these sizes, byte for byte.
public struct TFLMLayout: Hashable, Sendable {
  /// `TfLiteTensor` under `TF_LITE_STATIC_MEMORY`: two enums of 4 bytes, or of 1.
  var tensorBytes: Int
  var fullyConnectedParameterBytes: Int
  var addParameterBytes: Int

  /// Enums are as wide as int: GCC's default on Xtensa, RISC-V and x86.
  public static let intEnums = TFLMLayout(
    tensorBytes: 40, fullyConnectedParameterBytes: 16, addParameterBytes: 8)
  /// Enums are as narrow as their values allow: the ARM EABI for bare metal.
  public static let shortEnums = TFLMLayout(
    tensorBytes: 32, fullyConnectedParameterBytes: 5, addParameterBytes: 2)

  // MARK: Allocator

  /// `MicroArenaBufferAlignment()`: kernels' buffers and planned buffers start on such addresses.
  static let bufferAlignment = 16
  static let bufferAllocatorBytes = 36
  static let plannerBytes = 44
  static let allocatorBytes = 36
  static let builtinDataAllocatorBytes = 8
  static let subgraphAllocationBytes = 8
  static let evalTensorBytes = 12
  static let nodeBytes = 32
  static let pointerBytes = 4
  static let scratchHandleBytes = 4
  static let scratchRequestBytes = 12
  /// `kMaxScratchBuffersPerOp`: room for so many requests is kept while a node prepares.
  static let scratchRequestsPerNode = 12
  static let affineQuantizationBytes = 12
  /// `AllocationInfo`, one for each tensor and each scratch buffer while the plan is made.
  static let allocationInfoBytes = 24
  /// `GreedyMemoryPlanner::per_buffer_size()`: requirements 16, sorted size 4 and id 4, list entry 12, offset 4.
  static let plannedBufferBytes = 40

  // MARK: Operators

  /// Bytes and alignment of the parsed builtin options (`TfLiteConvParams`, …); nil for operators without any.
  func parameterBytes(_ builtin: TFLiteBuiltin) -> (bytes: Int, alignment: Int)? {
    switch builtin {
    case .conv2D, .depthwiseConv2D: (28, 4)
    case .fullyConnected: (fullyConnectedParameterBytes, 4)
    case .reshape: (36, 4)
    case .stridedSlice: (24, 4)
    case .concatenation: (8, 4)
    case .splitV: (4, 4)
    case .varHandle: (8, 4)
    case .callOnce: (4, 4)
    case .averagePool2D, .maxPool2D: (40, 4)
    case .mean: (1, 1)
    case .add: (addParameterBytes, 4)
    case .mul: (4, 4)
    case .pack: (8, 4)
    case .softmax: (4, 4)
    case .logistic, .quantize, .pad, .readVariable, .assignVariable: nil
    }
  }

  /// Bytes that the kernel's Init allocates for its `OpData`, before alignment to 16; nil for kernels without Init.
  func opDataBytes(_ builtin: TFLiteBuiltin) -> Int? {
    switch builtin {
    case .conv2D, .depthwiseConv2D: 60
    case .fullyConnected: 48
    case .concatenation: 24
    case .stridedSlice: 84
    case .logistic: 16
    case .quantize: 32
    case .varHandle: 4
    case .callOnce: 8
    case .pad: 56
    case .mean: 40
    case .add: 60
    case .mul: 36
    case .averagePool2D, .maxPool2D: 32
    // SoftmaxParams 56; esp-tflite-micro adds an index, which makes 60, or 64 where a double is aligned to 8.
    case .softmax: 64
    case .reshape, .splitV, .pack, .readVariable, .assignVariable: nil
    }
  }
}

extension TFLMLayout {
  init(_ enums: TargetProfile.EnumWidth) {
    switch enums {
    case .int: self = .intEnums
    case .short: self = .shortEnums
    }
  }
}
