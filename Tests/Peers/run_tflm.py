"""run_tflm.py MODEL.tflite ROWS.npy OUT.npy: int8 rows [n, 40] through TFLite Micro, state carried; uint8 [steps]."""

import sys

import numpy as np
from tflite_micro import runtime

model, rows, out = sys.argv[1], np.load(sys.argv[2], allow_pickle=False), sys.argv[3]
interpreter = runtime.Interpreter.from_file(model)
stride = interpreter.get_input_details(0)["shape"][1]
steps = []
for k in range(len(rows) // stride):
    interpreter.set_input(rows[k * stride : (k + 1) * stride][None], 0)
    interpreter.invoke()
    steps.append(interpreter.get_output(0).ravel()[0])
np.save(out, np.array(steps, np.uint8))
