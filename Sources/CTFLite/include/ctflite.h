#pragma once

/// Builds and checks `.tflite` files (TensorFlow Lite schema version 3).
///
/// A builder copies everything it is given. Calls come in this order: buffers, operator codes and metadata at any
/// time; tensors and operators of one subgraph, then `ctflite_end_subgraph`, for each subgraph; `ctflite_finish`.
/// The same calls give the same bytes. Parts that are equal are stored once.
///
/// No call throws. Calls that return an index return -1, and `ctflite_finish` false, when memory or the format's
/// size limit is exhausted; the builder can then only be freed.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctflite_builder ctflite_builder;

/// What `ctflite_options.as` holds; the values are the ordinals of `BuiltinOptions` in the schema.
enum {
  ctflite_options_none = 0,
  ctflite_options_conv_2d = 1,
  ctflite_options_depthwise_conv_2d = 2,
  ctflite_options_pool_2d = 5,
  ctflite_options_fully_connected = 8,
  ctflite_options_softmax = 9,
  ctflite_options_concatenation = 10,
  ctflite_options_add = 11,
  ctflite_options_reshape = 17,
  ctflite_options_mul = 21,
  ctflite_options_reducer = 27,
  ctflite_options_strided_slice = 32,
  ctflite_options_pack = 59,
  ctflite_options_split_v = 79,
  ctflite_options_call_once = 103,
  ctflite_options_var_handle = 111,
};

/// `padding` and `activation` are the schema's enum values.
typedef struct {
  int8_t padding, activation;
  int32_t stride_w, stride_h, dilation_w, dilation_h;
  /// Of the depthwise convolution; unused by the other.
  int32_t depth_multiplier;
} ctflite_conv_2d;

typedef struct {
  int8_t padding, activation;
  int32_t stride_w, stride_h, filter_w, filter_h;
} ctflite_pool_2d;

typedef struct {
  int8_t activation;
  bool keep_dimensions;
} ctflite_fully_connected;

typedef struct {
  int32_t axis;
  int8_t activation;
} ctflite_concatenation;

typedef struct {
  const int32_t *_Nullable new_shape;
  size_t rank;
} ctflite_reshape;

typedef struct {
  int32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask;
} ctflite_strided_slice;

typedef struct {
  int32_t count, axis;
} ctflite_pack;

typedef struct {
  const char *_Nonnull container;
  const char *_Nonnull shared_name;
} ctflite_var_handle;

typedef struct {
  /// One of the `ctflite_options_` values.
  uint8_t kind;
  union {
    ctflite_conv_2d conv_2d; // also depthwise_conv_2d
    ctflite_pool_2d pool_2d;
    ctflite_fully_connected fully_connected;
    float softmax_beta;
    ctflite_concatenation concatenation;
    int8_t activation; // add, mul
    ctflite_reshape reshape;
    bool reducer_keep_dimensions;
    ctflite_strided_slice strided_slice;
    ctflite_pack pack;
    int32_t split_v_count;
    int32_t call_once_subgraph;
    ctflite_var_handle var_handle;
  } as;
} ctflite_options;

typedef struct {
  /// Left out of the file when empty.
  const char *_Nonnull name;
  const int32_t *_Nullable shape;
  size_t rank;
  /// `TensorType` of the schema.
  int8_t type;
  uint32_t buffer;
  bool is_variable;
  /// No quantization table is written when both counts are 0.
  const float *_Nullable scales;
  size_t scale_count;
  const int64_t *_Nullable zero_points;
  size_t zero_point_count;
  int32_t quantized_dimension;
} ctflite_tensor;

/// A new builder, or null when memory is exhausted. The caller frees it.
ctflite_builder *_Nullable ctflite_new(void);

void ctflite_free(ctflite_builder *_Nullable builder);

/// Appends a buffer and returns its index. Its bytes lie at a multiple of `alignment`, a power of 2 up to 16, from the
/// start of the file; always at a multiple of 4, where the count before them ends.
int32_t ctflite_add_buffer(
  ctflite_builder *_Nonnull builder, const uint8_t *_Nullable bytes, size_t count,
  size_t alignment);

/// Appends an operator code and returns its index. With `writes_deprecated_code` the 8-bit field of the schema is written
/// beside the 32-bit one: 127 for codes that do not fit.
int32_t ctflite_add_operator_code(
  ctflite_builder *_Nonnull builder, int32_t code, int32_t version,
  const char *_Nonnull custom_code, bool writes_deprecated_code);

int32_t ctflite_add_metadata(
  ctflite_builder *_Nonnull builder, const char *_Nonnull name, uint32_t buffer);

/// Appends a tensor to the open subgraph and returns its index in it.
int32_t ctflite_add_tensor(ctflite_builder *_Nonnull builder, const ctflite_tensor *_Nonnull tensor);

/// Appends an operator to the open subgraph and returns its index in it.
int32_t ctflite_add_operator(
  ctflite_builder *_Nonnull builder, uint32_t opcode,
  const int32_t *_Nullable inputs, size_t input_count,
  const int32_t *_Nullable outputs, size_t output_count,
  const ctflite_options *_Nonnull options);

/// Ends the subgraph that the tensors and operators since the last end belong to, and returns its index.
int32_t ctflite_end_subgraph(
  ctflite_builder *_Nonnull builder, const char *_Nonnull name,
  const int32_t *_Nullable inputs, size_t input_count,
  const int32_t *_Nullable outputs, size_t output_count);

/// Completes the file. `*bytes` belongs to the builder and is valid until it is freed.
bool ctflite_finish(
  ctflite_builder *_Nonnull builder, uint32_t version, const char *_Nonnull description,
  const uint8_t *_Nullable *_Nonnull bytes, size_t *_Nonnull count);

/// True when the flatbuffers verifier accepts the bytes as a model, within these limits.
bool ctflite_verify(
  const uint8_t *_Nullable bytes, size_t count, uint32_t max_depth, uint32_t max_tables);

#ifdef __cplusplus
}
#endif
