import CTFLite
import RouseIR

/// Writes `.tflite` files (TensorFlow Lite schema version 3).
///
/// The same model gives the same bytes. Equal parts are stored once: names, shapes, quantizations, options and whole tables
/// of tensors and operators. TensorFlow Lite and TFLite Micro both read such files, and it is what makes them smaller than
/// those of the converter.
public enum TFLiteWriter {
  /// - Parameter form: of it, only `buffers` and `operatorCodes` concern the writer.
  public static func write(_ model: TFLiteModel, form: TFLiteForm = .full) -> [UInt8] {
    guard let builder = ctflite_new() else { preconditionFailure("out of memory") }
    defer { ctflite_free(builder) }
    for buffer in model.buffers {
      written(
        buffer.withUnsafeBufferPointer {
          ctflite_add_buffer(builder, $0.baseAddress, $0.count, form.buffers.alignment)
        })
    }
    for code in model.operatorCodes {
      written(
        ctflite_add_operator_code(
          builder, code.code, code.version, code.customCode, form.operatorCodes == .twoFields))
    }
    for entry in model.metadata {
      written(ctflite_add_metadata(builder, entry.name, UInt32(entry.buffer)))
    }
    for subgraph in model.subgraphs { add(subgraph, to: builder) }

    // The bytes belong to the builder, which lives until this function returns.
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    let finished = ctflite_finish(builder, model.version, model.description, &bytes, &count)
    precondition(finished, "the model exceeds the size of a flatbuffer")
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  private static func add(_ subgraph: TFLiteModel.Subgraph, to builder: OpaquePointer) {
    for tensor in subgraph.tensors { add(tensor, to: builder) }
    for node in subgraph.operators { add(node, to: builder) }
    subgraph.inputs.withUnsafeBufferPointer { inputs in
      subgraph.outputs.withUnsafeBufferPointer { outputs in
        written(
          ctflite_end_subgraph(
            builder, subgraph.name, inputs.baseAddress, inputs.count, outputs.baseAddress,
            outputs.count))
      }
    }
  }

  private static func add(_ tensor: TFLiteModel.Tensor, to builder: OpaquePointer) {
    let scales = tensor.quantization?.scales ?? []
    let zeroPoints = tensor.quantization?.zeroPoints ?? []
    // The builder copies; the pointers are valid inside the closures.
    tensor.name.withCString { name in
      tensor.shape.withUnsafeBufferPointer { shape in
        scales.withUnsafeBufferPointer { scales in
          zeroPoints.withUnsafeBufferPointer { zeroPoints in
            var description = ctflite_tensor(
              name: name, shape: shape.baseAddress, rank: shape.count,
              type: tensor.element.rawValue,
              buffer: UInt32(tensor.buffer), is_variable: tensor.isVariable,
              scales: scales.baseAddress, scale_count: scales.count,
              zero_points: zeroPoints.baseAddress, zero_point_count: zeroPoints.count,
              quantized_dimension: tensor.quantization?.dimension ?? 0)
            written(ctflite_add_tensor(builder, &description))
          }
        }
      }
    }
  }

  private static func add(_ node: TFLiteModel.Operator, to builder: OpaquePointer) {
    node.inputs.withUnsafeBufferPointer { inputs in
      node.outputs.withUnsafeBufferPointer { outputs in
        withOptions(node.options) { options in
          written(
            ctflite_add_operator(
              builder, UInt32(node.opcode), inputs.baseAddress, inputs.count, outputs.baseAddress,
              outputs.count, options))
        }
      }
    }
  }

  /// Calls `body` with the C form, which is valid until `body` returns.
  private static func withOptions(
    _ options: TFLiteOptions, _ body: (UnsafePointer<ctflite_options>) -> Void
  ) {
    var c = ctflite_options()
    func kind(_ ordinal: Int) { c.kind = UInt8(ordinal) }
    switch options {
    case .none:
      kind(ctflite_options_none)
    case .conv2D(
      let padding, let strideH, let strideW, let dilationH, let dilationW, let activation):
      kind(ctflite_options_conv_2d)
      c.as.conv_2d = ctflite_conv_2d(
        padding: padding.schemaValue, activation: activation.schemaValue, stride_w: strideW,
        stride_h: strideH, dilation_w: dilationW, dilation_h: dilationH, depth_multiplier: 0)
    case .depthwiseConv2D(
      let padding, let strideH, let strideW, let dilationH, let dilationW, let multiplier,
      let activation):
      kind(ctflite_options_depthwise_conv_2d)
      c.as.conv_2d = ctflite_conv_2d(
        padding: padding.schemaValue, activation: activation.schemaValue, stride_w: strideW,
        stride_h: strideH, dilation_w: dilationW, dilation_h: dilationH,
        depth_multiplier: multiplier)
    case .pool2D(let padding, let strideH, let strideW, let filterH, let filterW, let activation):
      kind(ctflite_options_pool_2d)
      c.as.pool_2d = ctflite_pool_2d(
        padding: padding.schemaValue, activation: activation.schemaValue, stride_w: strideW,
        stride_h: strideH, filter_w: filterW, filter_h: filterH)
    case .fullyConnected(let activation, let keepDimensions):
      kind(ctflite_options_fully_connected)
      c.as.fully_connected = ctflite_fully_connected(
        activation: activation.schemaValue, keep_dimensions: keepDimensions)
    case .concatenation(let axis, let activation):
      kind(ctflite_options_concatenation)
      c.as.concatenation = ctflite_concatenation(axis: axis, activation: activation.schemaValue)
    case .stridedSlice(let begin, let end, let ellipsis, let newAxis, let shrinkAxis):
      kind(ctflite_options_strided_slice)
      c.as.strided_slice = ctflite_strided_slice(
        begin_mask: begin, end_mask: end, ellipsis_mask: ellipsis, new_axis_mask: newAxis,
        shrink_axis_mask: shrinkAxis)
    case .splitV(let count):
      kind(ctflite_options_split_v)
      c.as.split_v_count = count
    case .add(let activation):
      kind(ctflite_options_add)
      c.as.activation = activation.schemaValue
    case .mul(let activation):
      kind(ctflite_options_mul)
      c.as.activation = activation.schemaValue
    case .reducer(let keepDimensions):
      kind(ctflite_options_reducer)
      c.as.reducer_keep_dimensions = keepDimensions
    case .pack(let count, let axis):
      kind(ctflite_options_pack)
      c.as.pack = ctflite_pack(count: count, axis: axis)
    case .softmax(let beta):
      kind(ctflite_options_softmax)
      c.as.softmax_beta = beta
    case .callOnce(let initSubgraph):
      kind(ctflite_options_call_once)
      c.as.call_once_subgraph = initSubgraph
    case .reshape(let newShape):
      kind(ctflite_options_reshape)
      newShape.withUnsafeBufferPointer { shape in
        c.as.reshape = ctflite_reshape(new_shape: shape.baseAddress, rank: shape.count)
        body(&c)
      }
      return
    case .varHandle(let container, let sharedName):
      kind(ctflite_options_var_handle)
      container.withCString { container in
        sharedName.withCString { sharedName in
          c.as.var_handle = ctflite_var_handle(container: container, shared_name: sharedName)
          body(&c)
        }
      }
      return
    }
    body(&c)
  }

  private static func written(_ index: Int32) {
    precondition(index >= 0, "the model exceeds the size of a flatbuffer")
  }
}
