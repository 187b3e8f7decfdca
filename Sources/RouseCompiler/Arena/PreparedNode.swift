import RouseIR

/// What one node's Init and Prepare take from the arena, in the order in which the kernel asks.
///
/// - Source: `kernels/*.cc` and `kernels/*_common.cc` of tensorflow/tflite-micro; `kernels/esp_nn/*.cc` of
///   espressif/esp-tflite-micro 1.3.3.1.
struct PreparedNode {
  enum Request: Hashable {
    /// A `TfLiteTensor` with this many zero points, or none.
    case temporaryTensor(channels: Int)
    case persistent(Int)
    case scratch(Int)
  }

  private(set) var requests: [Request] = []
  private let node: PlannableModel.Node
  private let inputs: [PlannableModel.Tensor]
  private let outputs: [PlannableModel.Tensor]

  /// - Parameter assigned: true when this is the first ASSIGN_VARIABLE of its variable, which makes the buffer.
  init(
    _ node: PlannableModel.Node, in model: PlannableModel, library: KernelLibrary, assigned: Bool
  ) throws(CompilerError) {
    self.node = node
    inputs = model.tensors(node.inputs, of: node.place)
    outputs = model.tensors(node.outputs, of: node.place)
    switch node.builtin {
    case .conv2D, .depthwiseConv2D: try prepareConvolution(library)
    case .fullyConnected: try prepareFullyConnected()
    case .concatenation: prepareConcatenation()
    case .mean: try prepareMean()
    case .softmax: try prepareSoftmax(library)
    case .splitV: temporaries(inputs.suffix(1))
    case .assignVariable: try prepareAssignment(assigned)
    case .callOnce, .varHandle: break
    case .add, .averagePool2D, .logistic, .maxPool2D, .mul, .pack, .pad, .quantize, .readVariable,
      .reshape, .stridedSlice:
      // PACK has no Prepare and asks for nothing; counting its temporaries errs to the safe side.
      temporaries(inputs + outputs)
    }
  }

  // MARK: - Operators

  private mutating func prepareConvolution(_ library: KernelLibrary) throws(CompilerError) {
    try require(inputs.count >= 2 && outputs.count == 1, "a filter and one result")
    let shape = try convolutionShape()
    let isDepthwise = node.builtin == .depthwiseConv2D
    temporaries([outputs[0], inputs[0], inputs[1]])
    let channels = isDepthwise ? inputs[1].shape[3] : inputs[1].shape[0]
    requests += [.persistent(4 * channels), .persistent(4 * channels)]
    temporaries(inputs + outputs)
    let scratch =
      isDepthwise
      ? library.scratchBytes(depthwise: shape) : library.scratchBytes(convolution: shape)
    if scratch > 0 && inputs[0].element == .int8 { requests.append(.scratch(scratch)) }
  }

  private mutating func prepareFullyConnected() throws(CompilerError) {
    try require(inputs.count >= 2 && outputs.count == 1, "weights and one result")
    temporaries(inputs + outputs)
    let channels = inputs[1].quantizedChannels
    if channels > 1 { requests += [.persistent(4 * channels), .persistent(4 * channels)] }
  }

  private mutating func prepareConcatenation() {
    temporaries(inputs.prefix(1) + outputs)
    temporaries(inputs + outputs)
  }

  /// One 32-bit sum for each result. The resolved axes stand on the stack: only REDUCE_MAX asks for scratch there.
  private mutating func prepareMean() throws(CompilerError) {
    try require(inputs.count == 2 && outputs.count == 1, "an input and axes")
    // The axes are a temporary here since num_axis is stored: counted for all releases, to be safe.
    temporaries([inputs[0], outputs[0], inputs[1]])
    if inputs[0].element == .int8 || inputs[0].element == .int16 {
      requests.append(.scratch(4 * outputs[0].shape.reduce(1, *)))
    }
    temporaries(inputs + outputs)
  }

  private mutating func prepareSoftmax(_ library: KernelLibrary) throws(CompilerError) {
    try require(inputs.count == 1 && outputs.count == 1, "one input and one result")
    temporaries(inputs + outputs)
    let scratch = library.scratchBytes(softmax: inputs[0].shape)
    if scratch > 0 && inputs[0].element == .int8 && outputs[0].element == .int8 {
      requests.append(.scratch(scratch))
    }
  }

  private mutating func prepareAssignment(_ makesBuffer: Bool) throws(CompilerError) {
    try require(inputs.count == 2, "a variable and a value")
    temporaries([inputs[1]])
    if makesBuffer { requests.append(.persistent(inputs[1].bytes)) }
  }

  private mutating func temporaries(_ tensors: some Sequence<PlannableModel.Tensor>) {
    for tensor in tensors { requests.append(.temporaryTensor(channels: tensor.quantizedChannels)) }
  }

  // MARK: - Shapes

  private func convolutionShape() throws(CompilerError) -> ConvolutionShape {
    let padding: Padding
    let stride: (h: Int32, w: Int32)
    let dilation: (h: Int32, w: Int32)
    var multiplier: Int32 = 1
    switch node.options {
    case .conv2D(let p, let sh, let sw, let dh, let dw, _):
      (padding, stride, dilation) = (p, (sh, sw), (dh, dw))
    case .depthwiseConv2D(let p, let sh, let sw, let dh, let dw, let m, _):
      (padding, stride, dilation, multiplier) = (p, (sh, sw), (dh, dw), m)
    default: throw unplannable("convolution options", "none")
    }
    let tensors = [inputs[0], inputs[1], outputs[0]]
    let limit = PlannableModel.largestExtent
    try require(
      tensors.allSatisfy { $0.shape.count == 4 && $0.shape.allSatisfy { 1...limit ~= $0 } },
      "shapes of rank 4 with extents from 1 to \(limit)")
    try require(
      [stride.h, stride.w, dilation.h, dilation.w, multiplier].allSatisfy {
        1...Int32(limit) ~= $0
      }, "strides, dilations and multiplier from 1 to \(limit)")
    let (x, w, y) = (inputs[0].shape, inputs[1].shape, outputs[0].shape)
    let height = try padding.before(
      input: x[1], filter: w[1], output: y[1], stride: Int(stride.h), dilation: Int(dilation.h),
      orThrow: unplannable("a result of \(Self.extents(x, w))", "\(y)"))
    let width = try padding.before(
      input: x[2], filter: w[2], output: y[2], stride: Int(stride.w), dilation: Int(dilation.w),
      orThrow: unplannable("a result of \(Self.extents(x, w))", "\(y)"))
    return ConvolutionShape(
      inputWidth: x[2], inputHeight: x[1], inputChannels: x[3], filterWidth: w[2],
      filterHeight: w[1], outputWidth: y[2], outputHeight: y[1], outputChannels: y[3],
      paddingWidth: width, paddingHeight: height, strideWidth: Int(stride.w),
      strideHeight: Int(stride.h), multiplier: Int(multiplier))
  }

  private static func extents(_ input: [Int], _ filter: [Int]) -> String {
    "\(input) under a filter of \(filter)"
  }

  private func require(_ condition: Bool, _ expected: String) throws(CompilerError) {
    guard condition else {
      throw unplannable(expected, "\(inputs.map(\.shape)) -> \(outputs.map(\.shape))")
    }
  }

  private func unplannable(_ expected: String, _ found: String) -> CompilerError {
    .unplannable(
      subgraph: node.place.subgraph, operator: node.place.node, tensor: nil,
      expected: "\(node.builtin.schemaName) with \(expected)", found: found)
  }
}

extension Padding {
  /// Rows that are added before the first: half of what the filter reaches beyond the input, rounded down.
  ///
  /// - Source: tensorflow/tflite-micro `kernels/padding.h`, `ComputePaddingHeightWidth`.
  fileprivate func before(
    input: Int, filter: Int, output: Int, stride: Int, dilation: Int,
    orThrow error: @autoclosure () -> CompilerError
  ) throws(CompilerError) -> Int {
    let reach = (filter - 1) * dilation + 1
    let expected =
      self == .same ? (input + stride - 1) / stride : (input + stride - reach) / stride
    guard output == expected else { throw error() }
    return self == .same ? max(0, (output - 1) * stride + reach - input) / 2 : 0
  }
}
