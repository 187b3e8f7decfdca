"""Small float networks from Keras as TensorFlow's converter writes them, and what LiteRT computes with them.

    python make_keras_fixtures.py FOLDER

reads FOLDER/rows.npy of make_import_fixtures.py and writes FOLDER/NAME.tflite and FOLDER/expected_tflite.txt, in the form
of expected.txt. FOLDER/refused/NAME.tflite cannot stream, or are quantized.

Not part of `./test`: needs TensorFlow, see Tests/RouseFormatsTests/Fixtures/README.md.
"""

import pathlib
import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras

L = keras.layers
ROWS = 48
FOLDER = pathlib.Path(sys.argv[1])


def one_dimensional(x):
    x = L.Conv1D(6, 5, strides=3, use_bias=False)(x)
    x = L.ReLU()(L.BatchNormalization()(x))
    x = L.DepthwiseConv1D(4)(x)
    x = L.Conv1D(5, 1, activation="relu6")(x)
    return L.Dense(1, activation="sigmoid")(L.Flatten()(x))


def causal(x):
    x = L.Conv1D(6, 3, padding="causal", activation="relu")(x)
    y = L.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="relu")(x)
    x = L.Add()([x, y])
    return L.Dense(1, activation="sigmoid")(L.GlobalAveragePooling1D()(x))


def images(x):
    x = L.Reshape((ROWS, 40, 1))(x)
    x = L.Conv2D(4, (3, 8), strides=(2, 4), activation="relu")(x)
    x = L.DepthwiseConv2D((3, 3), depth_multiplier=2)(x)
    x = L.ReLU(6.0)(L.BatchNormalization()(x))
    return L.Dense(1)(L.Flatten()(L.AveragePooling2D((1, 2))(x)))


def two_classes(x):
    x = L.Rescaling(1 / 8, offset=-0.5)(x)
    x = L.Conv1D(6, 4, strides=2, activation="relu")(x)
    a, b = L.Lambda(lambda v: tf.split(v, 2, axis=2))(x)
    x = L.Concatenate()([b, a])
    x = L.Dense(4, activation="relu")(x)
    return L.Dense(2, activation="softmax")(x[:, -1, :])


NETWORKS = {
    "keras_one_dimensional": (one_dimensional, "anywhere", lambda y: y[0]),
    "keras_causal": (causal, "start", lambda y: y[0]),
    "keras_images_logit": (images, "anywhere", lambda y: 1 / (1 + np.exp(-y[0]))),
    "keras_two_classes": (two_classes, "anywhere", lambda y: y[1]),
}


def recurrent(x):
    return L.Dense(1, activation="sigmoid")(L.LSTM(4)(L.Conv1D(4, 3, padding="same")(x)))


def build(function):
    inputs = keras.Input((ROWS, 40), batch_size=1)
    return keras.Model(inputs, function(inputs))


def main():
    codes = np.load(FOLDER / "rows.npy").astype(np.float32)
    rows = ((codes + 128) * np.float32(1665 / 16384))[:, :ROWS]
    lines = []
    for number, (name, (function, place, head)) in enumerate(NETWORKS.items()):
        keras.utils.set_random_seed(number)
        model = build(function)
        generator = np.random.default_rng(number)
        weights = []
        for variable in model.variables:
            shape = variable.shape
            if "variance" in variable.name:
                weights.append(generator.uniform(1, 4, shape))
            else:
                weights.append(generator.normal(0, 1 / max(1, np.prod(shape[:-1])) ** 0.5, shape))
        for variable, value in zip(model.variables, weights):
            if variable.dtype == "float32":
                variable.assign(value.astype(np.float32))
        converted = tf.lite.TFLiteConverter.from_keras_model(model).convert()
        (FOLDER / f"{name}.tflite").write_bytes(converted)
        interpreter = tf.lite.Interpreter(
            model_content=converted,
            experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
        interpreter.allocate_tensors()
        values = []
        for window in rows:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], window[None])
            interpreter.invoke()
            result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
            values.append(f"{head(result.ravel()):.8f}")
        lines.append(f"{name} {ROWS} {place} {' '.join(values)}")
    (FOLDER / "expected_tflite.txt").write_text("\n".join(lines) + "\n")
    (FOLDER / "refused" / "keras_recurrent.tflite").write_bytes(
        tf.lite.TFLiteConverter.from_keras_model(build(recurrent)).convert())
    converter = tf.lite.TFLiteConverter.from_keras_model(build(one_dimensional))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([window[None]] for window in rows)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    (FOLDER / "refused" / "keras_quantized.tflite").write_bytes(converter.convert())


main()
