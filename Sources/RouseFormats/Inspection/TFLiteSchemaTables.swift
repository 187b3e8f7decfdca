/// The tables of the TensorFlow Lite schema as data: one line a table, its fields in the order of their ids.
///
/// A field is `name:type`, or `name:type=default` where the default is not 0; `-` is an id without a field. A union is
/// preceded by the field that says which of its tables it is. Tables of options that have no fields are not listed.
///
/// - Source: the field ids, types and defaults of `tensorflow/lite/schema/schema.fbs`, as of LiteRT 2.3.
enum TFLiteSchemaTables {
  static let model = """
    Model version:u32 operator_codes:[OperatorCode] subgraphs:[SubGraph] description:string \
      buffers:[Buffer] metadata_buffer:[i32] metadata:[Metadata] signature_defs:[SignatureDef] \
      external_buffer_groups:[ExternalBufferGroup] external_buffers:[ExternalBuffer]
    OperatorCode deprecated_builtin_code:i8 custom_code:string version:i32=1 builtin_code:i32
    SubGraph tensors:[Tensor] inputs:[i32] outputs:[i32] operators:[Operator] name:string \
      debug_metadata_index:i32=-1
    Tensor shape:[i32] type:element buffer:u32 name:string quantization:QuantizationParameters \
      is_variable:bool sparsity:SparsityParameters shape_signature:[i32] has_rank:bool \
      variant_tensors:[VariantSubType] external_buffer:u32
    QuantizationParameters min:[f32] max:[f32] scale:[f32] zero_point:[i64] details_type:u8 \
      details:union quantized_dimension:i32
    SparsityParameters traversal_order:[i32] block_map:[i32] dim_metadata:[DimensionMetadata]
    DimensionMetadata format:i8 dense_size:i32 array_segments_type:u8 array_segments:union \
      array_indices_type:u8 array_indices:union
    Int32Vector values:[i32]
    Uint16Vector values:[u16]
    Uint8Vector values:[u8]
    VariantSubType shape:[i32] type:element has_rank:bool
    Operator opcode_index:u32 inputs:[i32] outputs:[i32] builtin_options_type:u8 \
      builtin_options:union custom_options:[u8] custom_options_format:i8 \
      mutating_variable_inputs:[bool] intermediates:[i32] large_custom_options_offset:u64 \
      large_custom_options_size:u64 builtin_options_2_type:u8 builtin_options_2:union \
      debug_metadata_index:i32=-1
    Buffer data:[u8] offset:u64 size:u64
    Metadata name:string buffer:u32
    SignatureDef inputs:[TensorMap] outputs:[TensorMap] signature_key:string - \
      subgraph_index:u32
    TensorMap name:string tensor_index:u32
    CustomQuantization custom:[u8]
    BlockwiseQuantization scales:i32 zero_points:i32 block_size:i32 block_shape:[i32]
    MultiAxisQuantization scales:i32 zero_points:i32 block_size:i32 quantized_dimensions:[i32]
    ExternalBufferGroup name:string
    ExternalBuffer id:u32 group:u32 offset:u64 length:u64 packing:string
    """

  /// The options of operators, after their number in the union `BuiltinOptions`.
  static let options = """
    1 Conv2DOptions padding:padding stride_w:i32 stride_h:i32 \
      fused_activation_function:activation dilation_w_factor:i32=1 dilation_h_factor:i32=1 \
      quantized_bias_type:element
    2 DepthwiseConv2DOptions padding:padding stride_w:i32 stride_h:i32 depth_multiplier:i32 \
      fused_activation_function:activation dilation_w_factor:i32=1 dilation_h_factor:i32=1
    3 ConcatEmbeddingsOptions num_channels:i32 num_columns_per_channel:[i32] \
      embedding_dim_per_channel:[i32]
    4 LSHProjectionOptions type:i8
    5 Pool2DOptions padding:padding stride_w:i32 stride_h:i32 filter_width:i32 filter_height:i32 \
      fused_activation_function:activation
    6 SVDFOptions rank:i32 fused_activation_function:activation asymmetric_quantize_inputs:bool
    7 RNNOptions fused_activation_function:activation asymmetric_quantize_inputs:bool
    8 FullyConnectedOptions fused_activation_function:activation weights_format:i8 \
      keep_num_dims:bool asymmetric_quantize_inputs:bool quantized_bias_type:element \
      quant_spec:[u8]
    9 SoftmaxOptions beta:f32
    10 ConcatenationOptions axis:i32 fused_activation_function:activation
    11 AddOptions fused_activation_function:activation pot_scale_int16:bool=1
    12 L2NormOptions fused_activation_function:activation
    13 LocalResponseNormalizationOptions radius:i32 bias:f32 alpha:f32 beta:f32
    14 LSTMOptions fused_activation_function:activation cell_clip:f32 proj_clip:f32 \
      kernel_type:i8 asymmetric_quantize_inputs:bool
    15 ResizeBilinearOptions - - align_corners:bool half_pixel_centers:bool
    16 CallOptions subgraph:u32
    17 ReshapeOptions new_shape:[i32]
    18 SkipGramOptions ngram_size:i32 max_skip_size:i32 include_all_ngrams:bool
    19 SpaceToDepthOptions block_size:i32
    20 EmbeddingLookupSparseOptions combiner:i8
    21 MulOptions fused_activation_function:activation
    23 GatherOptions axis:i32 batch_dims:i32
    27 ReducerOptions keep_dims:bool
    28 SubOptions fused_activation_function:activation pot_scale_int16:bool=1
    29 DivOptions fused_activation_function:activation
    30 SqueezeOptions squeeze_dims:[i32]
    31 SequenceRNNOptions time_major:bool fused_activation_function:activation \
      asymmetric_quantize_inputs:bool
    32 StridedSliceOptions begin_mask:i32 end_mask:i32 ellipsis_mask:i32 new_axis_mask:i32 \
      shrink_axis_mask:i32 offset:bool
    35 SplitOptions num_splits:i32
    37 CastOptions in_data_type:element out_data_type:element
    40 ArgMaxOptions output_type:element
    49 TransposeConvOptions padding:padding stride_w:i32 stride_h:i32 \
      fused_activation_function:activation quantized_bias_type:element
    50 SparseToDenseOptions validate_indices:bool
    55 ShapeOptions out_type:element
    57 ArgMinOptions output_type:element
    58 FakeQuantOptions min:f32 max:f32 num_bits:i32 narrow_range:bool
    59 PackOptions values_count:i32 axis:i32
    61 OneHotOptions axis:i32
    64 UnpackOptions num:i32 axis:i32
    69 BidirectionalSequenceLSTMOptions fused_activation_function:activation cell_clip:f32 \
      proj_clip:f32 merge_outputs:bool time_major:bool=1 asymmetric_quantize_inputs:bool
    70 BidirectionalSequenceRNNOptions time_major:bool fused_activation_function:activation \
      merge_outputs:bool asymmetric_quantize_inputs:bool
    71 UnidirectionalSequenceLSTMOptions fused_activation_function:activation cell_clip:f32 \
      proj_clip:f32 time_major:bool asymmetric_quantize_inputs:bool \
      diagonal_recurrent_tensors:bool
    74 ResizeNearestNeighborOptions align_corners:bool half_pixel_centers:bool
    75 LeakyReluOptions alpha:f32
    77 MirrorPadOptions mode:i8
    79 SplitVOptions num_splits:i32
    80 UniqueOptions idx_out_type:element=2
    87 ReverseSequenceOptions seq_dim:i32 batch_dim:i32
    92 IfOptions then_subgraph_index:i32 else_subgraph_index:i32
    93 WhileOptions cond_subgraph_index:i32 body_subgraph_index:i32
    94 DepthToSpaceOptions block_size:i32
    101 BatchMatMulOptions adj_x:bool adj_y:bool asymmetric_quantize_inputs:bool
    102 CumsumOptions exclusive:bool reverse:bool
    103 CallOnceOptions init_subgraph_index:i32
    106 Conv3DOptions padding:padding stride_d:i32 stride_w:i32 stride_h:i32 \
      fused_activation_function:activation dilation_d_factor:i32=1 dilation_w_factor:i32=1 \
      dilation_h_factor:i32=1
    107 HashtableOptions table_id:i32 key_dtype:element value_dtype:element
    111 VarHandleOptions container:string shared_name:string
    114 RandomOptions seed:i64 seed2:i64
    115 BucketizeOptions boundaries:[f32]
    116 GeluOptions approximate:bool
    """
}
