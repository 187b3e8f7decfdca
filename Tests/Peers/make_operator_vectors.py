"""make_operator_vectors.py FOLDER: small int8 models of one operator each, and what TFLite Micro computes with them.

FOLDER/CASE.tflite, and FOLDER/CASE.npy: uint8 [runs, bytes of all inputs and then of all outputs]. State is carried from
run to run. FOLDER/refused/CASE.tflite: models that TFLite Micro does not run. The same versions write the same bytes.
"""

import multiprocessing
import os
import signal
import sys
import zlib

import flatbuffers
import numpy as np
from tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

TYPES = {
    np.dtype(np.int8): schema.TensorType.INT8,
    np.dtype(np.uint8): schema.TensorType.UINT8,
    np.dtype(np.int32): schema.TensorType.INT32,
}
PADDING = {"same": 0, "valid": 1}
ACTIVATION = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}
RUNS = 5


class Tensor:
    def __init__(self, shape, dtype=np.int8, scale=None, zero=0, axis=0, data=None):
        self.shape, self.dtype, self.zero, self.axis = list(shape), np.dtype(dtype), zero, axis
        self.scale = scale if scale is None or isinstance(scale, list) else [scale]
        self.data = None if data is None else np.asarray(data, self.dtype).reshape(self.shape)


def q(*shape, scale=0.05, zero=None, data=None, dtype=np.int8):
    if zero is None:
        zero = 3 if dtype == np.uint8 else -3
    return Tensor(shape, dtype, scale, zero, data=data)


def ints(values, *shape):
    return Tensor(shape or [len(values)], np.int32, data=values)


def words(*shape):
    return Tensor(shape, np.int32)


def options(kind, **fields):
    table = getattr(schema, kind + "T")()
    for name, value in fields.items():
        assert hasattr(table, name), name
        setattr(table, name, value)
    return getattr(schema.BuiltinOptions, kind), table


class Builder:
    """A model with one subgraph, or two when `initial` says what CALL_ONCE assigns."""

    def __init__(self):
        self.model = schema.ModelT()
        self.model.version, self.model.description = 3, ""
        self.model.operatorCodes, self.model.subgraphs = [], []
        self.model.buffers = [self.buffer(None)]

    @staticmethod
    def buffer(data):
        buffer = schema.BufferT()
        buffer.data = None if data is None else np.frombuffer(data.tobytes(), np.uint8)
        return buffer

    def subgraph(self):
        graph = schema.SubGraphT()
        graph.tensors, graph.operators, graph.inputs, graph.outputs = [], [], [], []
        self.model.subgraphs.append(graph)
        return graph

    def tensor(self, graph, tensor):
        table = schema.TensorT()
        table.name = f"t{len(graph.tensors)}"
        table.shape = np.array(tensor.shape, np.int32)
        table.type = TYPES[tensor.dtype]
        table.buffer = 0
        if tensor.data is not None:
            table.buffer = len(self.model.buffers)
            self.model.buffers.append(self.buffer(tensor.data))
        if tensor.scale is not None:
            table.quantization = schema.QuantizationParametersT()
            table.quantization.scale = np.array(tensor.scale, np.float32)
            table.quantization.zeroPoint = np.array([tensor.zero] * len(tensor.scale), np.int64)
            table.quantization.quantizedDimension = tensor.axis
        graph.tensors.append(table)
        return len(graph.tensors) - 1

    def resource(self, graph):
        table = schema.TensorT()
        table.name, table.shape, table.type = "handle", np.array([], np.int32), schema.TensorType.RESOURCE
        table.buffer = 0
        graph.tensors.append(table)
        return len(graph.tensors) - 1

    def op(self, graph, name, inputs, outputs, made=None, version=1):
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = version
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes)
        self.model.operatorCodes.append(code)
        operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array(outputs, np.int32)
        if made:
            operator.builtinOptionsType, operator.builtinOptions = made
        graph.operators.append(operator)

    def bytes(self):
        packer = flatbuffers.Builder(1024)
        packer.Finish(self.model.Pack(packer), b"TFL3")
        return bytes(packer.Output())


def single(name, inputs, outputs, made=None, version=2):
    """One operator; inputs with data are constants, None is an operand that is left out."""
    b = Builder()
    graph = b.subgraph()
    indices = [-1 if tensor is None else b.tensor(graph, tensor) for tensor in inputs]
    results = [b.tensor(graph, tensor) for tensor in outputs]
    graph.inputs = np.array(
        [i for i, t in zip(indices, inputs) if t is not None and t.data is None], np.int32)
    graph.outputs = np.array(results, np.int32)
    b.op(graph, name, indices, results, made, version)
    return b.bytes()


def stream(dtype, zero, initial=None, assigned_zero=None):
    """y = the variable, then the variable = x. `initial` is what CALL_ONCE assigns."""
    b = Builder()
    graph = b.subgraph()
    kind = lambda z: Tensor([1, 4], dtype, 0.05, z)
    x = b.tensor(graph, kind(zero if assigned_zero is None else assigned_zero))
    y = b.tensor(graph, kind(zero))
    handle = b.resource(graph)
    named = options("VarHandleOptions", sharedName="state", container="")
    if initial is not None:
        b.op(graph, "CALL_ONCE", [], [], options("CallOnceOptions", initSubgraphIndex=1))
    b.op(graph, "VAR_HANDLE", [], [handle], named)
    b.op(graph, "READ_VARIABLE", [handle], [y])
    b.op(graph, "ASSIGN_VARIABLE", [handle, x], [])
    graph.inputs, graph.outputs = np.array([x], np.int32), np.array([y], np.int32)
    if initial is not None:
        init = b.subgraph()
        handle = b.resource(init)
        value = b.tensor(init, Tensor([1, 4], dtype, 0.05, zero, data=initial))
        b.op(init, "VAR_HANDLE", [], [handle], named)
        b.op(init, "ASSIGN_VARIABLE", [handle, value], [])
    return b.bytes()


def random(seed, shape, dtype=np.int8):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    if dtype == np.int32:
        low, high = -3000, 3000
    return np.random.default_rng(seed).integers(low, high, shape, dtype, endpoint=True)


def conv(x, w, y, scales=None, bias=True, depthwise=False, **fields):
    channels = w[3] if depthwise else w[0]
    scales = [0.003 + 0.0007 * i for i in range(channels)] if scales is None else scales
    kind = "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions"
    fields = {"strideH": 1, "strideW": 1, "padding": 1, "dilationHFactor": 1, "dilationWFactor": 1} | fields
    weights = random(7, w)
    weights[weights == -128] = -127
    inputs = [x, Tensor(w, np.int8, scales, 0, 3 if depthwise else 0, weights)]
    if bias:
        product = [x.scale[0] * s for s in scales]
        inputs.append(Tensor([channels], np.int32, product, 0, 0, random(8, [channels], np.int32)))
    elif not depthwise:
        inputs.append(None)
    name = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    return single(name, inputs, [y], options(kind, **fields), 3)


def dense(x, outputs, y, scale=0.01, zero=0, bias=True, keep=False, activation="none"):
    features = int(np.prod(x.shape)) // int(np.prod(y.shape[:-1]))
    w = Tensor([outputs, features], np.int8, scale, zero, 0, random(9, [outputs, features]))
    inputs = [x, w, None]
    if bias:
        scales = [x.scale[0] * s for s in (scale if isinstance(scale, list) else [scale])]
        inputs[2] = Tensor([outputs], np.int32, scales, 0, 0, random(10, [outputs], np.int32))
    made = options("FullyConnectedOptions", keepNumDims=keep, fusedActivationFunction=ACTIVATION[activation])
    return single("FULLY_CONNECTED", inputs, [y], made, 4)


def binary(name, a, b, y, activation="none"):
    kind = name.capitalize() + "Options"
    return single(name, [a, b], [y], options(kind, fusedActivationFunction=ACTIVATION[activation]))


def pool(name, x, y, filter, stride=(1, 1), padding="valid", activation="none"):
    made = options(
        "Pool2DOptions", filterHeight=filter[0], filterWidth=filter[1], strideH=stride[0], strideW=stride[1],
        padding=PADDING[padding], fusedActivationFunction=ACTIVATION[activation])
    return single(name, [x], [y], made)


def mean(x, y, axes, keep=False):
    axes = axes if isinstance(axes, Tensor) else ints(axes)
    return single("MEAN", [x, axes], [y], options("ReducerOptions", keepDims=keep))


def pad(x, y, pairs):
    return single("PAD", [x, ints(pairs, len(pairs) // 2, 2)], [y], options("PadOptions"))


def pack(x, y, count, axis):
    made = options("PackOptions", valuesCount=count, axis=axis)
    return single("PACK", [Tensor(x.shape, x.dtype, x.scale, x.zero) for _ in range(count)], [y], made)


def softmax(x, beta=1.0, y=None):
    y = y or q(*x.shape, scale=1 / 256, zero=-128)
    return single("SOFTMAX", [x], [y], options("SoftmaxOptions", beta=beta))


def concat(inputs, y, axis, activation="none"):
    made = options("ConcatenationOptions", axis=axis, fusedActivationFunction=ACTIVATION[activation])
    return single("CONCATENATION", inputs, [y], made)


def slices(x, y, begin, end, strides, begin_mask=0, end_mask=0, shrink=0):
    made = options(
        "StridedSliceOptions", beginMask=begin_mask, endMask=end_mask, shrinkAxisMask=shrink, ellipsisMask=0,
        newAxisMask=0)
    return single("STRIDED_SLICE", [x, ints(begin), ints(end), ints(strides)], [y], made)


def split(x, outputs, sizes, axis):
    made = options("SplitVOptions", numSplits=len(outputs))
    return single("SPLIT_V", [x, ints(sizes), Tensor([], np.int32, data=[axis])], outputs, made)


def reshape(x, y, shape=None):
    inputs = [x] if shape is None else [x, ints(shape)]
    return single("RESHAPE", inputs, [y], options("ReshapeOptions"), 1)


def requantize(x, y):
    return single("QUANTIZE", [x], [y], options("QuantizeOptions"), 1)


def cases():
    yield "add_same_scales", binary("ADD", q(1, 3, 8), q(1, 3, 8), q(1, 3, 8, scale=0.1, zero=4))
    yield "add_other_scales", binary("ADD", q(1, 40, scale=0.003, zero=100), q(1, 40, scale=0.9, zero=-128), q(1, 40, scale=0.7))
    for name in ["relu", "relu6", "relu_n1_to_1"]:
        yield f"add_{name}", binary("ADD", q(1, 64), q(1, 64, zero=60), q(1, 64, scale=0.06, zero=-20), name)
    yield "add_channels", binary("ADD", q(1, 4, 3, 8), q(8, scale=0.2), q(1, 4, 3, 8, scale=0.3))
    yield "add_crossed", binary("ADD", q(2, 4, 1, 5), q(1, 1, 3, 5, scale=0.01), q(2, 4, 3, 5, scale=0.06))
    yield "add_row_times_column", binary("ADD", q(4, 1), q(1, 6), q(4, 6, scale=0.1))
    yield "add_scalar", binary("ADD", q(1, 9), q(data=[77]), q(1, 9, scale=0.1))
    yield "add_six_dimensions", binary("ADD", q(2, 1, 2, 1, 2, 3), q(3, 1, 2, 1, 3), q(2, 3, 2, 2, 2, 3, scale=0.1))
    yield "add_constant", binary("ADD", q(1, 3, 4), q(4, data=[-128, 5, 90, 127]), q(1, 3, 4, scale=0.1))
    yield "add_saturates", binary("ADD", q(1, 64, scale=2.0), q(1, 64, scale=3.0), q(1, 64, scale=0.01))
    yield "add_tiny_result", binary("ADD", q(1, 64, scale=1e-6), q(1, 64, scale=1e-3), q(1, 64, scale=40.0))
    yield "add_huge_ratio", binary("ADD", q(1, 64, scale=1.0), q(1, 64, scale=1e-12), q(1, 64, scale=1.95e-6, zero=127))

    yield "mul_same_shape", binary("MUL", q(1, 64), q(1, 64, zero=17), q(1, 64, scale=0.2, zero=9))
    for name in ["relu", "relu6", "relu_n1_to_1"]:
        yield f"mul_{name}", binary("MUL", q(1, 64), q(1, 64, zero=60), q(1, 64, scale=0.06, zero=-20), name)
    yield "mul_channels", binary("MUL", q(1, 4, 3, 8), q(8, scale=0.02), q(1, 4, 3, 8, scale=0.03))
    yield "mul_crossed", binary("MUL", q(2, 4, 1, 5), q(1, 1, 3, 5, scale=0.01), q(2, 4, 3, 5, scale=0.06))
    yield "mul_scalar", binary("MUL", q(data=[77]), q(1, 9), q(1, 9, scale=0.1))
    yield "mul_constant", binary("MUL", q(1, 3, 4), q(1, 1, 4, data=[-128, 5, 90, 127]), q(1, 3, 4, scale=0.1))
    yield "mul_above_one", binary("MUL", q(1, 64, scale=3.0), q(1, 64, scale=2.5), q(1, 64, scale=0.5))
    yield "mul_tiny", binary("MUL", q(1, 64, scale=1e-5), q(1, 64, scale=1e-5), q(1, 64, scale=0.5))
    yield "mul_six_dimensions", binary("MUL", q(2, 1, 2, 1, 2, 3), q(3, 1, 2, 1, 3), q(2, 3, 2, 2, 2, 3, scale=0.1))

    for name, kind in [("average", "AVERAGE_POOL_2D"), ("max", "MAX_POOL_2D")]:
        yield f"{name}_valid", pool(kind, q(1, 7, 5, 3), q(1, 3, 2, 3), (3, 2), (2, 3))
        yield f"{name}_same", pool(kind, q(2, 5, 6, 3), q(2, 3, 6, 3), (3, 4), (2, 1), "same")
        yield f"{name}_larger_than_input", pool(kind, q(1, 2, 3, 4), q(1, 1, 2, 4), (9, 6), (4, 2), "same")
        yield f"{name}_time", pool(kind, q(1, 12, 1, 8), q(1, 1, 1, 8), (12, 1))
        for activation in ["relu", "relu6", "relu_n1_to_1"]:
            yield f"{name}_{activation}", pool(kind, q(1, 4, 4, 4), q(1, 3, 3, 4), (2, 2), (1, 1), "valid", activation)
        yield f"{name}_even_count", pool(kind, q(1, 4, 4, 16, zero=0), q(1, 4, 2, 16, zero=0), (1, 2), (1, 2))
        yield f"{name}_close_scales", pool(
            kind, q(1, 4, 4, 2, scale=0.5), q(1, 2, 2, 2, scale=0.5000009), (2, 2), (2, 2), "valid", "relu6")

    yield "mean_image", mean(q(1, 5, 4, 6), q(1, 6, scale=0.02, zero=7), [1, 2])
    yield "mean_image_kept", mean(q(2, 5, 4, 6), q(2, 1, 1, 6, scale=0.02, zero=7), [1, 2], True)
    yield "mean_same_scale", mean(q(1, 5, 4, 6), q(1, 1, 1, 6), [1, 2], True)
    yield "mean_same_scale_flat", mean(q(1, 7, 6), q(1, 6), [1])
    yield "mean_unordered_negative", mean(q(1, 5, 4, 6), q(1, 6, scale=0.03), [-2, 1])
    yield "mean_last", mean(q(1, 3, 9), q(1, 3, 1, scale=0.01), [-1], True)
    yield "mean_batch", mean(q(4, 6), q(6, scale=0.04, zero=1), [0])
    yield "mean_twice_named", mean(q(3, 6), q(3, scale=0.04, zero=1), [1, -1])
    yield "mean_scalar_axis", mean(q(3, 6), q(3), Tensor([], np.int32, data=[1]))
    yield "mean_five_dimensions", mean(q(1, 2, 3, 4, 2), q(1, 2, 4, 2, scale=0.04), [2])
    yield "mean_saturates", mean(q(1, 5, 6, scale=1.0), q(1, 6, scale=0.01), [1])
    yield "mean_tiny", mean(q(1, 5, 6, scale=1e-8), q(1, 6, scale=1.0), [1])
    yield "mean_limit_of_shift", mean(q(1, 64, 2, scale=1.0, zero=0), q(1, 2, scale=2.0e8, zero=0), [1])
    yield "mean_long", mean(q(1, 3000, 1), q(1, 1, scale=0.0007), [1])
    yield "mean_six_dimensions", mean(q(1, 2, 1, 3, 4, 2), q(1, 2, 1, 4, 2, scale=0.04), [3])
    yield "mean_three_axes", mean(q(2, 3, 4, 5), q(2, scale=0.01), [1, 3, 2])
    yield "mean_all_axes", mean(q(2, 3, 4, 5), q(1, 1, 1, 1, scale=0.01), [0, 1, 2, 3], True)
    yield "mean_of_nothing", mean(q(1, 6), q(1, 6, scale=0.1), [])

    yield "pad_time", pad(q(1, 3, 1, 4), q(1, 6, 1, 4), [0, 0, 2, 1, 0, 0, 0, 0])
    yield "pad_everything", pad(q(1, 2, 2, 3), q(4, 3, 5, 6), [1, 2, 0, 1, 2, 1, 1, 2])
    yield "pad_vector", pad(q(3), q(8), [4, 1])
    yield "pad_channels", pad(q(2, 3, 2), q(2, 3, 7), [0, 0, 0, 0, 3, 2])
    yield "pad_five_dimensions", pad(q(1, 2, 1, 2, 2), q(1, 3, 2, 2, 3), [0, 0, 1, 0, 0, 1, 0, 0, 0, 1])
    yield "pad_int32", pad(words(2, 3), words(3, 5), [0, 1, 1, 1])
    yield "pad_nothing", pad(q(1, 5), q(1, 5), [0, 0, 0, 0])

    yield "pack_first", pack(q(2, 3), q(3, 2, 3), 3, 0)
    yield "pack_middle", pack(q(2, 3, 2), q(2, 2, 3, 2), 2, 1)
    yield "pack_last", pack(q(1, 4), q(1, 4, 3), 3, -1)
    yield "pack_negative", pack(q(2, 3), q(2, 2, 3), 2, -2)
    yield "pack_one", pack(q(2, 3), q(2, 1, 3), 1, 1)
    yield "pack_vectors", pack(q(2), q(3, 2), 3, 0)
    yield "pack_five_dimensions", pack(q(1, 2, 1, 3), q(1, 2, 2, 1, 3), 2, 2)
    yield "pack_int32", pack(words(2), words(2, 2), 2, 1)
    yield "pack_other_scales", pack(q(1, 3, scale=0.1), q(1, 3, 2, scale=0.4), 2, 2)

    yield "softmax_two", softmax(q(1, 2, scale=0.03))
    yield "softmax_one", softmax(q(3, 1, scale=0.03))
    yield "softmax_rows", softmax(q(2, 3, 4, 7, scale=0.05))
    yield "softmax_vector", softmax(q(12, scale=0.01))
    yield "softmax_beta", softmax(q(1, 16, scale=0.1), 0.3)
    yield "softmax_steep", softmax(q(1, 64, scale=1.7))
    yield "softmax_saturated", softmax(q(1, 16, scale=30.0))
    yield "softmax_nearly_flat", softmax(q(1, 16, scale=1e-7))
    yield "softmax_radius_one", softmax(q(1, 100, scale=17.0))
    yield "softmax_long", softmax(q(1, 511, scale=0.002))

    yield "concat_batch", concat([q(2, 3), q(1, 3)], q(3, 3), 0)
    yield "concat_negative", concat([q(2, 3), q(2, 1)], q(2, 4), -1)
    yield "concat_ten", concat([q(1, 2) for _ in range(10)], q(1, 20), 1)
    yield "concat_int32", concat([words(2, 2), words(2, 1)], words(2, 3), 1)
    yield "concat_six_dimensions", concat([q(1, 2, 1, 1, 1, 2)] * 2, q(1, 2, 1, 1, 1, 4), 5)
    yield "concat_constant", concat([q(1, 2), q(1, 2, data=[9, -9])], q(1, 4), 1)
    yield "concat_same_twice_rank1", concat([q(3), q(2)], q(5), 0)

    yield "slice_batch", slices(q(4, 3), q(2, 3), [1, 0], [3, 3], [1, 1])
    yield "slice_batch_backwards", slices(q(4, 3), q(4, 3), [-1, 0], [-9, 3], [-1, 1])
    yield "slice_batch_stride", slices(q(5, 2, 3), q(3, 2, 2), [0, 0, -2], [0, 2, 3], [2, 1, 1], 1, 1)
    yield "slice_drops_batch", slices(q(3, 4), q(4), [1, 0], [2, 4], [1, 1], 0, 2, 1)
    yield "slice_drops_two", slices(q(2, 3, 4), q(4), [-1, 2, 0], [0, 3, 4], [1, 1, 1], 4, 4, 3)
    yield "slice_vector", slices(q(9), q(4), [7], [0], [-2])
    yield "slice_int32", slices(words(3, 4), words(2, 2), [0, 1], [2, 9], [1, 2])
    yield "slice_single", slices(q(3), q(), [-1], [0], [1], 0, 0, 1)

    yield "split_batch", split(q(5, 2), [q(2, 2), q(3, 2)], [2, 3], 0)
    yield "split_rest", split(q(1, 6), [q(1, 2), q(1, 4)], [2, -1], -1)
    yield "split_int32", split(words(2, 4), [words(2, 1), words(2, 3)], [1, 3], 1)

    yield "reshape_batch", reshape(q(1, 3, 4), q(3, 4), [3, 4])
    yield "reshape_to_scalar", reshape(q(1, 1), q(), [])
    yield "reshape_without_operand", reshape(q(2, 6), q(3, 4))
    yield "reshape_int32", reshape(words(2, 3), words(6), [-1])
    yield "reshape_uint8", reshape(q(2, 3, dtype=np.uint8, zero=3), q(3, 2, dtype=np.uint8, zero=3), [3, 2])

    for name in ACTIVATION:
        yield f"fc_{name}", dense(q(2, 16), 5, q(2, 5, scale=0.04, zero=-10), activation=name)
    yield "fc_image", dense(q(1, 2, 3, 4), 3, q(1, 3, scale=0.3))
    yield "fc_rows", dense(q(2, 3, 8), 4, q(6, 4, scale=0.3))
    yield "fc_kept", dense(q(2, 3, 8), 4, q(2, 3, 4, scale=0.3), keep=True)
    yield "fc_kept_unsaid", dense(q(2, 3, 8), 4, q(2, 3, 4, scale=0.3))
    yield "fc_regrouped", dense(q(2, 8), 4, q(4, 4, scale=0.3))
    yield "fc_vector", dense(q(8), 4, q(1, 4, scale=0.3))
    yield "fc_weight_zero_point", dense(q(2, 16), 5, q(2, 5, scale=0.4), zero=13)
    yield "fc_scales", dense(q(2, 16), 3, q(2, 3, scale=0.4), scale=[0.01, 0.002, 0.05])
    yield "fc_without_bias", dense(q(2, 16), 3, q(2, 3, scale=0.4), bias=False)
    yield "fc_saturates", dense(q(2, 16), 3, q(2, 3, scale=0.001), scale=0.3)
    yield "fc_rounding", dense(q(8, 64, scale=0.0173), 8, q(8, 8, scale=0.0311), scale=0.0041)

    for name in ACTIVATION:
        yield f"conv_{name}", conv(
            q(1, 4, 3, 3), [4, 2, 2, 3], q(1, 3, 2, 4, scale=0.05, zero=-9), fusedActivationFunction=ACTIVATION[name])
    yield "conv_one_scale", conv(q(1, 4, 3, 3), [4, 2, 2, 3], q(1, 3, 2, 4, scale=0.05), [0.01])
    yield "conv_without_bias", conv(q(1, 4, 3, 3), [4, 2, 2, 3], q(1, 3, 2, 4, scale=0.05), bias=False)
    yield "conv_same_dilated", conv(
        q(2, 6, 5, 2), [3, 3, 2, 2], q(2, 6, 5, 3, scale=0.1), padding=0, dilationHFactor=2, dilationWFactor=3)
    yield "conv_same_strided", conv(
        q(1, 7, 6, 2), [3, 4, 3, 2], q(1, 3, 3, 3, scale=0.1), padding=0, strideH=3, strideW=2)
    yield "conv_larger_than_input", conv(q(1, 2, 2, 3), [2, 5, 4, 3], q(1, 2, 2, 2, scale=0.1), padding=0)
    yield "conv_multiplier_above_one", conv(q(1, 4, 3, 3), [4, 2, 2, 3], q(1, 3, 2, 4, scale=0.001), [2.0, 1.0, 0.5, 3.0])
    yield "conv_one_filter", conv(q(1, 4, 1, 3), [1, 3, 1, 3], q(1, 2, 1, 1, scale=0.1))

    for name in ACTIVATION:
        yield f"depthwise_{name}", conv(
            q(1, 6, 1, 4), [1, 3, 1, 4], q(1, 4, 1, 4, scale=0.03, zero=-9), depthwise=True,
            fusedActivationFunction=ACTIVATION[name], depthMultiplier=1)
    yield "depthwise_multiplier", conv(
        q(2, 5, 4, 2), [1, 3, 2, 6], q(2, 3, 2, 6, scale=0.05), depthwise=True, padding=0, strideH=2, strideW=2,
        depthMultiplier=3)
    yield "depthwise_dilated", conv(
        q(1, 9, 5, 3), [1, 3, 2, 3], q(1, 5, 3, 3, scale=0.05), depthwise=True, dilationHFactor=2, dilationWFactor=2,
        depthMultiplier=1)
    yield "depthwise_one_scale", conv(
        q(1, 6, 1, 4), [1, 3, 1, 4], q(1, 4, 1, 4, scale=0.03), [0.01], depthwise=True, depthMultiplier=1)
    yield "depthwise_without_bias", conv(
        q(1, 6, 1, 4), [1, 3, 1, 4], q(1, 4, 1, 4, scale=0.03), bias=False, depthwise=True, depthMultiplier=1)

    yield "quantize_narrower", requantize(q(1, 64, scale=0.1), q(1, 64, scale=0.013, zero=90))
    yield "quantize_unsigned", requantize(q(1, 64, scale=0.1), q(1, 64, scale=0.17, zero=200, dtype=np.uint8))
    yield "quantize_signed", requantize(q(1, 64, scale=0.1, zero=9, dtype=np.uint8), q(1, 64, scale=0.09, zero=-77))

    yield "variable_zero_point", stream(np.int8, -7)
    yield "variable_unsigned", stream(np.uint8, 131)
    yield "variable_initial", stream(np.int8, -7, [-128, -7, 0, 127])
    yield "variable_initial_unsigned", stream(np.uint8, 131, [0, 131, 255, 7])
    yield "variable_initial_zero", stream(np.int8, -7, [-7] * 4)
    yield "variable_other_zero_point", stream(np.int8, -7, assigned_zero=42)


def refused():
    """Models that TFLite Micro does not run: AllocateTensors or the first Invoke fails, or the process aborts."""
    yield "add_uint8", binary("ADD", q(1, 4, dtype=np.uint8), q(1, 4, dtype=np.uint8), q(1, 4, dtype=np.uint8))
    yield "add_result_too_fine", binary("ADD", q(1, 4, scale=1.0), q(1, 4, scale=1.0), q(1, 4, scale=1e-6))
    yield "mul_mixed_types", binary("MUL", q(1, 4), q(1, 4, dtype=np.uint8), q(1, 4))
    yield "average_other_scale", pool("AVERAGE_POOL_2D", q(1, 4, 4, 2), q(1, 2, 2, 2, scale=0.06), (2, 2), (2, 2))
    yield "max_other_zero_point", pool("MAX_POOL_2D", q(1, 4, 4, 2), q(1, 2, 2, 2, zero=0), (2, 2), (2, 2))
    yield "pool_uint8", pool(
        "MAX_POOL_2D", q(1, 4, 4, 2, dtype=np.uint8), q(1, 2, 2, 2, dtype=np.uint8), (2, 2), (2, 2))
    yield "mean_uint8", mean(q(1, 4, 2, dtype=np.uint8), q(1, 2, dtype=np.uint8), [1])
    yield "mean_without_axes", single("MEAN", [q(1, 4, 2)], [q(1, 2)], options("ReducerOptions"))
    yield "pad_other_shape", pad(q(1, 3), q(1, 6), [0, 0, 1, 1])
    yield "pad_too_few_pairs", pad(q(1, 3), q(1, 5), [1, 1])
    yield "pad_uint8", pad(q(1, 3, dtype=np.uint8), q(1, 5, dtype=np.uint8), [0, 0, 1, 1])
    yield "pad_six_dimensions", pad(q(1, 1, 1, 1, 1, 3), q(1, 1, 1, 1, 1, 5), [0] * 10 + [1, 1])
    yield "pad_computed", single("PAD", [q(1, 3), words(2, 2)], [q(1, 3)], options("PadOptions"))
    yield "pack_uint8", pack(q(1, 3, dtype=np.uint8), q(2, 1, 3, dtype=np.uint8), 2, 0)
    yield "softmax_other_scale", softmax(q(1, 4), y=q(1, 4, scale=1 / 255, zero=-128))
    yield "softmax_other_zero_point", softmax(q(1, 4), y=q(1, 4, scale=1 / 256, zero=0))
    yield "softmax_flat", softmax(q(1, 4, scale=1e-9))
    yield "softmax_negative_beta", softmax(q(1, 4), -1.0)
    yield "concat_eleven", concat([q(1, 2) for _ in range(11)], q(1, 22), 1)
    yield "concat_seven_dimensions", concat([q(1, 1, 1, 1, 1, 1, 2)] * 2, q(1, 1, 1, 1, 1, 1, 4), 6)
    yield "concat_other_scale", concat([q(1, 3, scale=0.4), q(1, 2)], q(1, 5), 1)
    yield "concat_other_zero_point", concat([q(1, 3), q(1, 2, zero=4)], q(1, 5), 1)
    yield "concat_relu", concat([q(1, 2), q(1, 2)], q(1, 4), 1, "relu")
    yield "concat_uint8", concat([q(1, 2, dtype=np.uint8)] * 2, q(1, 4, dtype=np.uint8), 1)
    yield "slice_uint8", slices(q(1, 4, dtype=np.uint8), q(1, 2, dtype=np.uint8), [0, 0], [1, 2], [1, 1])
    yield "slice_other_shape", slices(q(1, 4), q(1, 3), [0, 0], [1, 2], [1, 1])
    yield "slice_stride_zero", slices(q(1, 4), q(1, 2), [0, 0], [1, 2], [1, 0])
    yield "slice_five_dimensions", slices(q(1, 1, 1, 1, 4), q(1, 1, 1, 1, 2), [0] * 5, [1, 1, 1, 1, 2], [1] * 5)
    yield "split_uint8", split(q(1, 4, dtype=np.uint8), [q(1, 2, dtype=np.uint8)] * 2, [2, 2], 1)
    yield "split_axis_outside", split(q(1, 4), [q(1, 2), q(1, 2)], [2, 2], 2)
    yield "reshape_other_count", reshape(q(1, 4), q(1, 3), [1, 3])
    yield "reshape_other_type", reshape(q(1, 4), q(1, 4, dtype=np.uint8), [1, 4])
    yield "fc_bias_of_another_scale", single(
        "FULLY_CONNECTED",
        [q(1, 4, scale=0.1), q(2, 4, scale=0.1, zero=0, data=[1] * 8), Tensor([2], np.int32, 0.1, data=[1, 2])],
        [q(1, 2, scale=0.1)], options("FullyConnectedOptions"), 4)
    yield "fc_uint8", dense(q(1, 4, dtype=np.uint8), 2, q(1, 2, dtype=np.uint8))
    yield "conv_uint8", conv(q(1, 4, 1, 2, dtype=np.uint8), [2, 2, 1, 2], q(1, 3, 1, 2, dtype=np.uint8))
    yield "conv_two_scales_of_four", conv(q(1, 4, 3, 3), [4, 2, 2, 3], q(1, 3, 2, 4), [0.1, 0.2], bias=False)
    yield "depthwise_bias_left_out", single(
        "DEPTHWISE_CONV_2D", [q(1, 6, 1, 2), Tensor([1, 3, 1, 2], np.int8, [0.01], data=[1] * 6), None],
        [q(1, 4, 1, 2)], options("DepthwiseConv2DOptions", strideH=1, strideW=1, padding=1, depthMultiplier=1), 3)
    yield "pack_other_count", single(
        "PACK", [q(1, 3), q(1, 3)], [q(2, 1, 3)], options("PackOptions", valuesCount=3, axis=0))
    yield "softmax_too_long", softmax(q(1, 600, scale=0.0001))
    yield "logistic_other_zero_point", single("LOGISTIC", [q(1, 4)], [q(1, 4, scale=1 / 256, zero=0)])
    yield "quantize_uint8_to_uint8", requantize(q(1, 4, dtype=np.uint8), q(1, 4, dtype=np.uint8))
    yield "conv_relu6_too_fine", conv(
        q(1, 4, 3, 3), [4, 2, 2, 3], q(1, 3, 2, 4, scale=1e-9), fusedActivationFunction=ACTIVATION["relu6"])


def inputs_of(name, model, run):
    """Seeded by the name: extremes first, then anything."""
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0)).subgraphs[0]
    rng = np.random.default_rng([zlib.crc32(name.encode()), run])
    for index in parsed.inputs:
        tensor = parsed.tensors[index]
        dtype = {value: key for key, value in TYPES.items()}[tensor.type]
        shape = [] if tensor.shape is None else list(tensor.shape)
        info = np.iinfo(dtype)
        if run == 0:
            yield rng.choice(np.array([info.min, info.max], dtype), shape)
        else:
            yield rng.integers(info.min, info.max, shape, dtype, endpoint=True)


REFUSED = 3


def evaluate(name, model, queue):
    try:
        queue.put(run_all(name, model))
    except RuntimeError:
        sys.exit(REFUSED)


def run_all(name, model):
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=200_000)
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0)).subgraphs[0]
    rows = []
    for run in range(RUNS):
        row = []
        for index, value in enumerate(inputs_of(name, model, run)):
            value = np.ascontiguousarray(value)
            interpreter.set_input(value, index)
            row.append(np.frombuffer(value.tobytes(), np.uint8))
        interpreter.invoke()
        for index in range(len(parsed.outputs)):
            row.append(np.frombuffer(np.ascontiguousarray(interpreter.get_output(index)).tobytes(), np.uint8))
        rows.append(np.concatenate(row))
    return np.stack(rows)


def attempt(name, model):
    """In a process of its own, because TFLite Micro aborts on some models. None when it does not run."""
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=evaluate, args=(name, model, queue))
    process.start()
    process.join(60)
    if process.exitcode not in (0, REFUSED, -signal.SIGABRT, -signal.SIGSEGV):
        sys.exit(f"{name}: exit code {process.exitcode}")
    return queue.get() if process.exitcode == 0 else None


def main():
    folder = sys.argv[1]
    os.makedirs(os.path.join(folder, "refused"), exist_ok=True)
    for name, model in cases():
        rows = attempt(name, model)
        if rows is None:
            sys.exit(f"{name}: TFLite Micro does not run it")
        with open(os.path.join(folder, name + ".tflite"), "wb") as file:
            file.write(model)
        np.save(os.path.join(folder, name + ".npy"), rows)
    for name, model in refused():
        if attempt(name, model) is not None:
            sys.exit(f"{name}: TFLite Micro runs it")
        with open(os.path.join(folder, "refused", name + ".tflite"), "wb") as file:
            file.write(model)


if __name__ == "__main__":
    main()
