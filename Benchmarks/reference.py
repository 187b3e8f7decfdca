#!/usr/bin/env python3
"""What TensorFlow's converter makes of a network that Rouse trained: the same weights, the usual path.

usage: reference.py NAME.onnx ROWS.npy OUT.tflite

NAME.onnx is the float network of a bundle, ROWS.npy int8 features [rows, 40] (`rouse features --format i8`) to
calibrate on. Builds the streaming network with a tf.Variable for each ring buffer and converts it with the settings of
microWakeWord (utils.py): int8 input, uint8 output, int8 variables, every step of the rows as representative data.

Needs: tensorflow-cpu==2.21.0, onnx. Prints seconds of import and conversion, peak memory and the file's size.
"""
import resource
import sys
import tempfile
import time

import numpy as np
import onnx
from onnx import numpy_helper

SCALE = 1665 / 16384


def network(path):
    """Stem, blocks of (depthwise kernels, pointwise), dense; each kernel in TensorFlow's layout with its bias."""
    model = onnx.load(path)
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    stem, blocks, depthwise = None, [], []
    for node in model.graph.node:
        if node.op_type == "Conv":
            kernel, bias = (constants[name] for name in node.input[1:3])
            group = next(a.i for a in node.attribute if a.name == "group")
            if group > 1:
                depthwise.append((kernel.transpose(2, 3, 0, 1), bias))
            elif stem is None:
                stem = (kernel.transpose(2, 3, 1, 0), bias)
            else:
                blocks.append((depthwise, (kernel.transpose(2, 3, 1, 0), bias)))
                depthwise = []
        elif node.op_type == "Gemm":
            dense = (constants[node.input[1]].T, constants[node.input[2]])
    return stem, blocks, dense


def streaming(tf, layers, stride=3):
    stem, blocks, (dense, dense_bias) = layers

    class Streaming(tf.Module):
        def __init__(self):
            super().__init__()
            self.rings = [self.ring(stem[0].shape[0] - stride, 40)]
            channels = stem[1].shape[0]
            for depthwise, (_, bias) in blocks:
                longest = max(kernel.shape[0] for kernel, _ in depthwise)
                self.rings.append(self.ring(longest - 1, channels))
                channels = bias.shape[0]
            self.rings.append(self.ring(dense.shape[0] // channels - 1, channels))

        def ring(self, rows, channels):
            return tf.Variable(tf.zeros([1, rows, 1, channels]))

        def history(self, index, x):
            joined = tf.concat([self.rings[index], x], 1)
            self.rings[index].assign(joined[:, x.shape[1]:])
            return joined

        @tf.function(input_signature=[tf.TensorSpec([1, stride, 40])])
        def step(self, rows):
            x = self.history(0, tf.reshape(rows, [1, stride, 1, 40]))
            x = tf.nn.relu(tf.nn.conv2d(x, stem[0], [1, stride, 1, 1], "VALID") + stem[1])
            for index, (depthwise, (kernel, bias)) in enumerate(blocks):
                joined = self.history(index + 1, x)
                parts = [joined]
                if len(depthwise) > 1:
                    parts = tf.split(joined, [k.shape[2] for k, _ in depthwise], 3)
                mixed = []
                for part, (k, b) in zip(parts, depthwise):
                    part = part[:, part.shape[1] - k.shape[0]:]
                    mixed.append(tf.nn.depthwise_conv2d(part, k, [1, 1, 1, 1], "VALID") + b)
                x = tf.concat(mixed, 3) if len(mixed) > 1 else mixed[0]
                x = tf.nn.relu(tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "VALID") + bias)
            flat = tf.reshape(self.history(len(blocks) + 1, x), [1, -1])
            return tf.sigmoid(flat @ dense + dense_bias)

    return Streaming()


def main(onnx_path, rows_path, out_path):
    started = time.monotonic()
    import tensorflow as tf

    imported = time.monotonic()
    rows = np.load(rows_path).astype(np.float32)
    features = (rows + 128) * np.float32(SCALE)
    module = streaming(tf, network(onnx_path))

    def representative():
        # microWakeWord forces the range 0 to 26 the same way.
        first = features[:3].copy()
        first[0, 0], first[0, 1] = 0.0, 26.0
        yield [first[None]]
        for start in range(0, len(features) - 2, 3):
            yield [features[start:start + 3][None]]

    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=module.step)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = {tf.lite.Optimize.DEFAULT}
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.uint8
        converter.representative_dataset = tf.lite.RepresentativeDataset(representative)
        converter._experimental_variable_quantization = True
        data = converter.convert()
    with open(out_path, "wb") as file:
        file.write(data)
    ended = time.monotonic()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"import {imported - started:.1f} s, conversion of {len(rows) // 3} steps {ended - imported:.1f} s, "
          f"peak {memory:.0f} MB, {len(data)} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
