"""make.py FOLDER: small models that TFLite Micro runs and Rouse refuses, as FOLDER/CASE.tflite.

A model that TFLite Micro does not run stops the script. The same versions write the same bytes.
"""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../Peers"))
import make_operator_vectors as vectors
from make_operator_vectors import (
    Tensor, binary, dense, ints, options, pad, q, random, requantize, single, split, words)

vectors.TYPES[np.dtype(np.float32)] = vectors.schema.TensorType.FLOAT32
vectors.TYPES[np.dtype(np.int16)] = vectors.schema.TensorType.INT16


def wide(*shape, dtype=np.int32, scale=0.05):
    return Tensor(shape, dtype, scale, 0)


def convolution(weights, bias, name="CONV_2D"):
    fields = {"strideH": 1, "strideW": 1, "padding": 1, "dilationHFactor": 1, "dilationWFactor": 1}
    if name == "CONV_2D":
        made = options("Conv2DOptions", **fields)
    else:
        made = options("DepthwiseConv2DOptions", depthMultiplier=1, **fields)
    return single(name, [q(1, 4, 1, 2), weights, bias], [q(1, 3, 1, 2)], made, 3)


def filters(zero=0, scale=(0.01, 0.02), shape=(2, 2, 1, 2), axis=0, data=True):
    values = random(7, shape) // 2 if data else None
    return Tensor(shape, np.int8, list(scale), zero, axis, values)


def sums(scale=(0.0005, 0.001), data=True):
    return Tensor([2], np.int32, list(scale), 0, 0, [5, -9] if data else None)


def masked(**fields):
    made = options("StridedSliceOptions", **fields)
    return single("STRIDED_SLICE", [q(1, 4), ints([0, 0]), ints([1, 2]), ints([1, 1])], [q(1, 2)], made)


def cases():
    yield "conv_zero_point", convolution(filters(3, [0.01]), sums([0.0005]))
    yield "conv_zero_points", convolution(filters(3), sums())
    yield "depthwise_zero_point", convolution(
        filters(3, [0.01], (1, 2, 1, 2), 3), sums([0.0005]), "DEPTHWISE_CONV_2D")
    yield "depthwise_zero_points", convolution(
        filters(3, shape=(1, 2, 1, 2), axis=3), sums(), "DEPTHWISE_CONV_2D")
    yield "fc_zero_points", dense(q(1, 4), 2, q(1, 2), [0.01, 0.02], 3)
    yield "conv_computed_weights", convolution(filters(data=False), sums())
    yield "conv_computed_bias", convolution(filters(), sums(data=False))
    yield "fc_computed_weights", single(
        "FULLY_CONNECTED", [q(1, 4), q(2, 4, scale=0.01, zero=0), Tensor([2], np.int32, 0.0005, data=[1, 2])],
        [q(1, 2)], options("FullyConnectedOptions"), 4)
    yield "fc_computed_bias", single(
        "FULLY_CONNECTED",
        [q(1, 4), q(2, 4, scale=0.01, zero=0, data=[1] * 8), Tensor([2], np.int32, 0.0005)],
        [q(1, 2)], options("FullyConnectedOptions"), 4)
    yield "fc_constant_input", single(
        "FULLY_CONNECTED",
        [q(1, 4, data=[1, 2, 3, 4]), q(2, 4, scale=0.01, zero=0, data=[1] * 8), Tensor([2], np.int32, 0.0005)],
        [q(1, 2)], options("FullyConnectedOptions"), 4)
    yield "split_other_sizes", split(q(1, 4), [q(1, 2), q(1, 2)], [1, 3], 1)
    yield "pad_negative", pad(q(1, 4), q(1, 3), [0, 0, -1, 0])
    yield "pad_value", single(
        "PAD", [q(1, 3), ints([0, 0, 1, 1], 2, 2), q(1, data=[7])], [q(1, 5)], options("PadOptions"))
    yield "slice_ellipsis", masked(ellipsisMask=1)
    yield "slice_new_axis", masked(newAxisMask=1)
    yield "add_seven_dimensions", binary("ADD", *[q(1, 1, 1, 1, 1, 1, 4)] * 3)
    yield "mul_seven_dimensions", binary("MUL", *[q(1, 1, 1, 1, 1, 1, 4)] * 3)
    for name in ["ADD", "MUL"]:
        yield f"{name.lower()}_int32", binary(name, *[words(1, 4)] * 3)
        yield f"{name.lower()}_float32", binary(name, *[Tensor([1, 4], np.float32)] * 3)
        yield f"{name.lower()}_int16", binary(name, *[wide(1, 4, dtype=np.int16)] * 3)
    yield "mul_scaled_int32", binary("MUL", *[wide(1, 4)] * 3)
    yield "quantize_int32_to_int8", requantize(wide(1, 4), q(1, 4))
    yield "quantize_int8_to_int32", requantize(q(1, 4), wide(1, 4))
    yield "quantize_float32_to_int8", requantize(Tensor([1, 4], np.float32), q(1, 4))
    yield "quantize_int16_to_int8", requantize(wide(1, 4, dtype=np.int16), q(1, 4))
    yield "quantize_int8_to_int16", requantize(q(1, 4), wide(1, 4, dtype=np.int16))


def inputs_of(name, model, run):
    """Seeded values of any type."""
    parsed = vectors.schema.ModelT.InitFromObj(vectors.schema.Model.GetRootAsModel(model, 0)).subgraphs[0]
    rng = np.random.default_rng(run)
    for index in parsed.inputs:
        tensor = parsed.tensors[index]
        dtype = {value: key for key, value in vectors.TYPES.items()}[tensor.type]
        yield rng.integers(0, 99, list(tensor.shape)).astype(dtype)


def main():
    vectors.inputs_of = inputs_of
    for name, model in cases():
        if vectors.attempt(name, model) is None:
            sys.exit(f"{name}: TFLite Micro does not run it")
        with open(os.path.join(sys.argv[1], name + ".tflite"), "wb") as file:
            file.write(model)


if __name__ == "__main__":
    main()
