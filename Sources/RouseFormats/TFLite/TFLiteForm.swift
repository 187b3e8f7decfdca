/// What of a graph a `.tflite` file stores, and how: each choice saves bytes and changes nothing that is computed.
///
/// `full` keeps what a person wants to see, `lean` what TensorFlow Lite needs to load the file, `bare` what TFLite Micro
/// needs. `visible(in:)` says what is left of a graph.
public struct TFLiteForm: Hashable, Sendable {
  /// Names of tensors and of subgraphs. No runtime looks anything up by them.
  public enum Names: Hashable, Sendable, CaseIterable {
    case kept
    case omitted
  }

  /// What connects the operators of one resource variable.
  public enum VariableNames: Hashable, Sendable, CaseIterable {
    case kept
    /// `a`, `b`, … `z`, `aa`, …
    case short
  }

  /// Scales of biases, which are the input's times the weights'.
  public enum BiasScales: Hashable, Sendable, CaseIterable {
    case kept
    /// FULLY_CONNECTED with one scale compares its bias scale with that product and refuses another; every other kernel
    /// computes the product and never looks.
    ///
    /// - Source: tensorflow/tflite-micro `kernel_util.cc`, `GetQuantizedConvolutionMultipler` (its one caller for int8 is
    ///   `fully_connected_common.cc`) and `PopulateConvolutionQuantizationParams`.
    case whereRead
  }

  /// How a ring buffer lives from one invocation to the next.
  public enum State: Hashable, Sendable, CaseIterable {
    /// A resource: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE.
    case resources
    /// A tensor with `is_variable`, which the operators read and write in place: no operator of its own, no copies. For
    /// each ring buffer that `StateTensors` allows; the others stay resources.
    case tensors
  }

  /// How a resource gets its zero point before the first invocation. Other initial values are always stored.
  public enum InitialState: Hashable, Sendable, CaseIterable {
    /// CALL_ONCE runs a subgraph that assigns constants.
    case stored
    /// That subgraph makes them: PAD of one element, since it pads with the zero point.
    case computed
    /// Not at all: TFLite Micro fills a variable with its zero point when ASSIGN_VARIABLE allocates it. TensorFlow Lite
    /// refuses to read a variable that nothing has assigned.
    case omitted
  }

  /// Zero points of weights that have a scale for each channel; all are 0.
  public enum ZeroPoints: Hashable, Sendable, CaseIterable {
    case perChannel
    /// TFLite Micro takes it for all channels; TensorFlow Lite refuses.
    ///
    /// - Source: tensorflow/tflite-micro `micro_allocator.cc`, `InitializeTfLiteTensorFromFlatbuffer`.
    case one
  }

  public enum OperatorCodes: Hashable, Sendable, CaseIterable {
    /// The 8-bit field, too, for readers from before 2020; in the order of first use.
    case twoFields
    /// Only the field that present readers use; the most frequent operator first, since index 0 takes no bytes.
    case oneField
  }

  /// Where buffers start. Little is required: flatbuffers verify a multiple of 4, which int32 elements need, and 8-bit
  /// elements need nothing.
  public enum Buffers: Hashable, Sendable, CaseIterable {
    /// At multiples of 16, as the schema asks for hosts whose kernels load vectors in place.
    case alignedTo16
    /// At multiples of 4. Enough for firmware: ESPHome emits the array without an alignment, so the kernels of esp-nn never
    /// saw a better one; they copy filters or load them unaligned.
    case alignedTo4

    public var alignment: Int { self == .alignedTo16 ? 16 : 4 }
  }

  public var names: Names
  public var variableNames: VariableNames
  public var biasScales: BiasScales
  public var state: State
  public var initialState: InitialState
  public var zeroPoints: ZeroPoints
  public var operatorCodes: OperatorCodes
  public var buffers: Buffers

  public init(
    names: Names = .kept, variableNames: VariableNames = .kept, biasScales: BiasScales = .kept,
    state: State = .resources, initialState: InitialState = .stored,
    zeroPoints: ZeroPoints = .perChannel, operatorCodes: OperatorCodes = .twoFields,
    buffers: Buffers = .alignedTo16
  ) {
    self.names = names
    self.variableNames = variableNames
    self.biasScales = biasScales
    self.state = state
    self.initialState = initialState
    self.zeroPoints = zeroPoints
    self.operatorCodes = operatorCodes
    self.buffers = buffers
  }

  /// Everything, as a converter writes it.
  public static let full = TFLiteForm()

  /// As little as TFLite Micro and TensorFlow Lite both run.
  public static let lean = TFLiteForm(
    names: .omitted, variableNames: .short, biasScales: .whereRead, state: .tensors,
    initialState: .computed, operatorCodes: .oneField, buffers: .alignedTo4)

  /// As little as TFLite Micro runs.
  public static let bare: TFLiteForm = {
    var form = lean
    form.initialState = .omitted
    form.zeroPoints = .one
    return form
  }()
}
