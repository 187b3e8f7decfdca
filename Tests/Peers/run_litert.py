"""run_litert.py MODEL.tflite ROWS.npy OUT.npy [default]: the same through LiteRT's reference kernels, or its default ones.

The default ones (XNNPACK) round otherwise and are no oracle: they only show that the file runs there."""

import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

model, rows, out = sys.argv[1], np.load(sys.argv[2], allow_pickle=False), sys.argv[3]
resolver = OpResolverType.AUTO if sys.argv[4:] == ["default"] else OpResolverType.BUILTIN_REF
interpreter = Interpreter(model, experimental_op_resolver_type=resolver)
interpreter.allocate_tensors()
source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
stride = source["shape"][1]
steps = []
for k in range(len(rows) // stride):
    interpreter.set_tensor(source["index"], rows[k * stride : (k + 1) * stride][None])
    interpreter.invoke()
    steps.append(interpreter.get_tensor(result["index"]).ravel()[0])
np.save(out, np.array(steps, np.uint8))
