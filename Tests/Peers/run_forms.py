"""run_forms.py ROWS.npy OUT.npy MODEL...: int8 rows [n, channels] through each model, state carried.

OUT is int16 [models, 3, steps]: TFLite Micro; TFLite Micro with a reset before the middle step; LiteRT's reference
kernels, -1 throughout where LiteRT refuses to load or to run the model.
"""

import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro import runtime

rows, out, models = np.load(sys.argv[1], allow_pickle=False), sys.argv[2], sys.argv[3:]


def micro(model, resets):
    interpreter = runtime.Interpreter.from_file(model)
    stride = interpreter.get_input_details(0)["shape"][1]
    count = len(rows) // stride
    steps = []
    for k in range(count):
        if resets and k == count // 2:
            interpreter.reset()
        interpreter.set_input(rows[k * stride : (k + 1) * stride][None], 0)
        interpreter.invoke()
        steps.append(interpreter.get_output(0).ravel()[0])
    return steps


def litert(model, count):
    try:
        interpreter = Interpreter(
            model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
        )
        interpreter.allocate_tensors()
        source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        stride = source["shape"][1]
        steps = []
        for k in range(count):
            interpreter.set_tensor(source["index"], rows[k * stride : (k + 1) * stride][None])
            interpreter.invoke()
            steps.append(interpreter.get_tensor(result["index"]).ravel()[0])
        return steps
    except (RuntimeError, ValueError):
        return [-1] * count


table = []
for model in models:
    steps = micro(model, False)
    table.append([steps, micro(model, True), litert(model, len(steps))])
np.save(out, np.array(table, np.int16))
