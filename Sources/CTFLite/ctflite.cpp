#include "ctflite.h"

#include <cstring>
#include <map>
#include <new>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tflite_subset_generated.h"

namespace fb = flatbuffers;
using namespace rouse_tflite;

namespace {

/// Offsets in a flatbuffer are unsigned 32 bit and its sizes signed; stay well below both.
constexpr size_t kMaxBytes = size_t(1) << 30;

template <typename T>
using Vector = fb::Offset<fb::Vector<T>>;

}  // namespace

struct ctflite_builder {
  fb::FlatBufferBuilder f{4096};

  // What has been written already, by content. Ordered maps: nothing here depends on addresses.
  std::map<std::vector<int32_t>, Vector<int32_t>> ints;
  std::map<std::vector<int64_t>, Vector<int64_t>> longs;
  std::map<std::string, Vector<float>> floats;
  std::map<std::string, fb::Offset<fb::String>> strings;
  std::map<std::tuple<uint32_t, uint32_t, int32_t>, fb::Offset<QuantizationParameters>> quantizations;
  std::map<std::tuple<uint32_t, int8_t, uint32_t, uint32_t, uint32_t, bool>, fb::Offset<Tensor>>
    equal_tensors;
  std::map<std::tuple<uint32_t, uint32_t, uint32_t, uint8_t, uint32_t>, fb::Offset<Operator>>
    equal_operators;
  std::map<std::vector<int64_t>, fb::Offset<void>> equal_options;
  fb::Offset<Buffer> empty_buffer;

  std::vector<fb::Offset<Buffer>> buffers;
  std::vector<fb::Offset<OperatorCode>> codes;
  std::vector<fb::Offset<Metadata>> metadata;
  std::vector<fb::Offset<SubGraph>> subgraphs;
  // Of the open subgraph.
  std::vector<fb::Offset<Tensor>> tensors;
  std::vector<fb::Offset<Operator>> operators;

  bool finished = false;

  Vector<int32_t> int_vector(const int32_t *values, size_t count) {
    std::vector<int32_t> key(values, values + count);
    auto found = ints.find(key);
    if (found != ints.end()) return found->second;
    auto offset = f.CreateVector(key);
    ints.emplace(std::move(key), offset);
    return offset;
  }

  Vector<int64_t> long_vector(const int64_t *values, size_t count) {
    std::vector<int64_t> key(values, values + count);
    auto found = longs.find(key);
    if (found != longs.end()) return found->second;
    auto offset = f.CreateVector(key);
    longs.emplace(std::move(key), offset);
    return offset;
  }

  Vector<float> float_vector(const float *values, size_t count) {
    // Bit patterns, so that -0 and 0 stay apart.
    std::string key(reinterpret_cast<const char *>(values), count * sizeof(float));
    auto found = floats.find(key);
    if (found != floats.end()) return found->second;
    auto offset = f.CreateVector(values, count);
    floats.emplace(std::move(key), offset);
    return offset;
  }

  fb::Offset<fb::String> string(const char *text) {
    std::string key(text);
    auto found = strings.find(key);
    if (found != strings.end()) return found->second;
    auto offset = f.CreateString(key);
    strings.emplace(std::move(key), offset);
    return offset;
  }

  /// No offset, so no field, for the empty string.
  fb::Offset<fb::String> optional_string(const char *text) {
    return *text ? string(text) : fb::Offset<fb::String>();
  }

  fb::Offset<QuantizationParameters> quantization(const ctflite_tensor &t) {
    if (t.scale_count == 0 && t.zero_point_count == 0) return 0;
    auto scales = t.scale_count ? float_vector(t.scales, t.scale_count) : Vector<float>();
    auto zeros =
      t.zero_point_count ? long_vector(t.zero_points, t.zero_point_count) : Vector<int64_t>();
    auto key = std::make_tuple(scales.o, zeros.o, t.quantized_dimension);
    auto found = quantizations.find(key);
    if (found != quantizations.end()) return found->second;
    auto offset = CreateQuantizationParameters(f, 0, 0, scales, zeros, t.quantized_dimension);
    quantizations.emplace(key, offset);
    return offset;
  }

  /// Kind and fields; names and lists as the offsets they were written at, which are equal for equal ones.
  std::vector<int64_t> options_key(const ctflite_options &o) {
    const auto &as = o.as;
    switch (o.kind) {
      case ctflite_options_conv_2d:
      case ctflite_options_depthwise_conv_2d: {
        const auto &c = as.conv_2d;
        return {o.kind,       c.padding,    c.activation, c.stride_w,
                c.stride_h,   c.dilation_w, c.dilation_h, c.depth_multiplier};
      }
      case ctflite_options_pool_2d: {
        const auto &p = as.pool_2d;
        return {o.kind,     p.padding,  p.activation, p.stride_w,
                p.stride_h, p.filter_w, p.filter_h};
      }
      case ctflite_options_fully_connected:
        return {o.kind, as.fully_connected.activation, as.fully_connected.keep_dimensions};
      case ctflite_options_softmax: {
        uint32_t bits;
        std::memcpy(&bits, &as.softmax_beta, sizeof bits);
        return {o.kind, bits};
      }
      case ctflite_options_concatenation:
        return {o.kind, as.concatenation.axis, as.concatenation.activation};
      case ctflite_options_add:
      case ctflite_options_mul: return {o.kind, as.activation};
      case ctflite_options_reshape:
        return {o.kind, int_vector(as.reshape.new_shape, as.reshape.rank).o};
      case ctflite_options_reducer: return {o.kind, as.reducer_keep_dimensions};
      case ctflite_options_strided_slice: {
        const auto &s = as.strided_slice;
        return {o.kind,          s.begin_mask,    s.end_mask,
                s.ellipsis_mask, s.new_axis_mask, s.shrink_axis_mask};
      }
      case ctflite_options_pack: return {o.kind, as.pack.count, as.pack.axis};
      case ctflite_options_split_v: return {o.kind, as.split_v_count};
      case ctflite_options_call_once: return {o.kind, as.call_once_subgraph};
      case ctflite_options_var_handle:
        return {o.kind, string(as.var_handle.container).o, string(as.var_handle.shared_name).o};
      default: return {o.kind};
    }
  }

  fb::Offset<void> options(const ctflite_options &o) {
    auto key = options_key(o);
    auto found = equal_options.find(key);
    if (found != equal_options.end()) return found->second;
    auto offset = new_options(o);
    equal_options.emplace(std::move(key), offset);
    return offset;
  }

  fb::Offset<void> new_options(const ctflite_options &o) {
    const auto &as = o.as;
    auto activation = [](int8_t value) { return ActivationFunctionType(value); };
    switch (o.kind) {
      case ctflite_options_conv_2d:
        return CreateConv2DOptions(
                 f, Padding(as.conv_2d.padding), as.conv_2d.stride_w, as.conv_2d.stride_h,
                 activation(as.conv_2d.activation), as.conv_2d.dilation_w, as.conv_2d.dilation_h)
          .Union();
      case ctflite_options_depthwise_conv_2d:
        return CreateDepthwiseConv2DOptions(
                 f, Padding(as.conv_2d.padding), as.conv_2d.stride_w, as.conv_2d.stride_h,
                 as.conv_2d.depth_multiplier, activation(as.conv_2d.activation),
                 as.conv_2d.dilation_w, as.conv_2d.dilation_h)
          .Union();
      case ctflite_options_pool_2d:
        return CreatePool2DOptions(
                 f, Padding(as.pool_2d.padding), as.pool_2d.stride_w, as.pool_2d.stride_h,
                 as.pool_2d.filter_w, as.pool_2d.filter_h, activation(as.pool_2d.activation))
          .Union();
      case ctflite_options_fully_connected:
        return CreateFullyConnectedOptions(
                 f, activation(as.fully_connected.activation), 0,
                 as.fully_connected.keep_dimensions)
          .Union();
      case ctflite_options_softmax: return CreateSoftmaxOptions(f, as.softmax_beta).Union();
      case ctflite_options_concatenation:
        return CreateConcatenationOptions(
                 f, as.concatenation.axis, activation(as.concatenation.activation))
          .Union();
      case ctflite_options_add: return CreateAddOptions(f, activation(as.activation)).Union();
      case ctflite_options_reshape:
        return CreateReshapeOptions(f, int_vector(as.reshape.new_shape, as.reshape.rank)).Union();
      case ctflite_options_mul: return CreateMulOptions(f, activation(as.activation)).Union();
      case ctflite_options_reducer:
        return CreateReducerOptions(f, as.reducer_keep_dimensions).Union();
      case ctflite_options_strided_slice:
        return CreateStridedSliceOptions(
                 f, as.strided_slice.begin_mask, as.strided_slice.end_mask,
                 as.strided_slice.ellipsis_mask, as.strided_slice.new_axis_mask,
                 as.strided_slice.shrink_axis_mask)
          .Union();
      case ctflite_options_pack: return CreatePackOptions(f, as.pack.count, as.pack.axis).Union();
      case ctflite_options_split_v: return CreateSplitVOptions(f, as.split_v_count).Union();
      case ctflite_options_call_once:
        return CreateCallOnceOptions(f, as.call_once_subgraph).Union();
      case ctflite_options_var_handle: {
        // Both names always: TFLite Micro compares the container without looking whether it is there.
        auto container = string(as.var_handle.container);
        auto name = string(as.var_handle.shared_name);
        return CreateVarHandleOptions(f, container, name).Union();
      }
      default: return 0;
    }
  }
};

namespace {

/// Runs `body` and turns running out of memory, the one thing that throws here, into `failure`.
template <typename Result, typename Body>
Result guarded(ctflite_builder *b, Result failure, Body body) {
  if (b->finished || b->f.GetSize() > kMaxBytes) return failure;
  try {
    return body();
  } catch (...) {
    return failure;
  }
}

/// Appends and returns the index.
template <typename T>
int32_t append(std::vector<T> &list, T item) {
  list.push_back(item);
  return int32_t(list.size() - 1);
}

}  // namespace

extern "C" {

ctflite_builder *ctflite_new(void) {
  try {
    return new (std::nothrow) ctflite_builder;
  } catch (...) {
    return nullptr;
  }
}

void ctflite_free(ctflite_builder *b) { delete b; }

int32_t ctflite_add_buffer(
  ctflite_builder *b, const uint8_t *bytes, size_t count, size_t alignment) {
  if (count > kMaxBytes || alignment > 16 || (alignment & (alignment - 1)) != 0) return -1;
  return guarded(b, int32_t(-1), [&] {
    if (count == 0) {
      if (b->empty_buffer.IsNull()) b->empty_buffer = CreateBuffer(b->f);
      return append(b->buffers, b->empty_buffer);
    }
    // The schema's force_align works in the object API only.
    if (alignment > 4) b->f.ForceVectorAlignment(count, 1, alignment);
    auto data = b->f.CreateVector(bytes, count);
    return append(b->buffers, CreateBuffer(b->f, data));
  });
}

int32_t ctflite_add_operator_code(
  ctflite_builder *b, int32_t code, int32_t version, const char *custom_code,
  bool writes_deprecated_code) {
  return guarded(b, int32_t(-1), [&] {
    auto name = b->optional_string(custom_code);
    auto deprecated = int8_t(!writes_deprecated_code ? 0 : code < 127 ? code : 127);
    return append(b->codes, CreateOperatorCode(b->f, deprecated, name, version, code));
  });
}

int32_t ctflite_add_metadata(ctflite_builder *b, const char *name, uint32_t buffer) {
  return guarded(b, int32_t(-1), [&] {
    auto text = b->optional_string(name);
    return append(b->metadata, CreateMetadata(b->f, text, buffer));
  });
}

int32_t ctflite_add_tensor(ctflite_builder *b, const ctflite_tensor *t) {
  return guarded(b, int32_t(-1), [&] {
    auto name = b->optional_string(t->name);
    auto shape = b->int_vector(t->shape, t->rank);
    auto quantization = b->quantization(*t);
    auto key = std::make_tuple(shape.o, t->type, t->buffer, name.o, quantization.o, t->is_variable);
    auto found = b->equal_tensors.find(key);
    if (found != b->equal_tensors.end()) return append(b->tensors, found->second);
    auto tensor = CreateTensor(
      b->f, shape, TensorType(t->type), t->buffer, name, quantization, t->is_variable);
    b->equal_tensors.emplace(key, tensor);
    return append(b->tensors, tensor);
  });
}

int32_t ctflite_add_operator(
  ctflite_builder *b, uint32_t opcode, const int32_t *inputs, size_t input_count,
  const int32_t *outputs, size_t output_count, const ctflite_options *options) {
  return guarded(b, int32_t(-1), [&] {
    auto in = b->int_vector(inputs, input_count);
    auto out = b->int_vector(outputs, output_count);
    auto table = b->options(*options);
    auto kind = table.IsNull() ? BuiltinOptions_NONE : BuiltinOptions(options->kind);
    auto key = std::make_tuple(opcode, in.o, out.o, uint8_t(kind), table.o);
    auto found = b->equal_operators.find(key);
    if (found != b->equal_operators.end()) return append(b->operators, found->second);
    auto op = CreateOperator(b->f, opcode, in, out, kind, table);
    b->equal_operators.emplace(key, op);
    return append(b->operators, op);
  });
}

int32_t ctflite_end_subgraph(
  ctflite_builder *b, const char *name, const int32_t *inputs, size_t input_count,
  const int32_t *outputs, size_t output_count) {
  return guarded(b, int32_t(-1), [&] {
    auto tensors = b->f.CreateVector(b->tensors);
    auto in = b->int_vector(inputs, input_count);
    auto out = b->int_vector(outputs, output_count);
    auto operators = b->f.CreateVector(b->operators);
    auto text = b->optional_string(name);
    b->tensors.clear();
    b->operators.clear();
    return append(b->subgraphs, CreateSubGraph(b->f, tensors, in, out, operators, text));
  });
}

bool ctflite_finish(
  ctflite_builder *b, uint32_t version, const char *description, const uint8_t **bytes,
  size_t *count) {
  return guarded(b, false, [&] {
    auto codes = b->f.CreateVector(b->codes);
    auto subgraphs = b->f.CreateVector(b->subgraphs);
    auto text = b->optional_string(description);
    auto buffers = b->f.CreateVector(b->buffers);
    fb::Offset<fb::Vector<fb::Offset<Metadata>>> metadata;
    if (!b->metadata.empty()) metadata = b->f.CreateVector(b->metadata);
    FinishModelBuffer(
      b->f, CreateModel(b->f, version, codes, subgraphs, text, buffers, 0, metadata));
    b->finished = true;
    *bytes = b->f.GetBufferPointer();
    *count = b->f.GetSize();
    return *count <= kMaxBytes;
  });
}

bool ctflite_verify(
  const uint8_t *bytes, size_t count, uint32_t max_depth, uint32_t max_tables) {
  // The verifier asserts that a size fits a signed 32-bit offset.
  if (bytes == nullptr || count == 0 || count > kMaxBytes) return false;
  fb::Verifier verifier(bytes, count, max_depth, max_tables);
  return VerifyModelBuffer(verifier);
}

}  // extern "C"
