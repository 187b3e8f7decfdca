"""run_onnx.py MODEL.onnx WINDOWS.npy OUT.npy: onnx.checker in full, then float windows [n, rows, 40] one by one through
onnxruntime; float [n]."""

import sys

import numpy as np
import onnx
import onnxruntime

model, windows, out = sys.argv[1], np.load(sys.argv[2], allow_pickle=False), sys.argv[3]
onnx.checker.check_model(onnx.load(model), full_check=True)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
np.save(out, np.array([session.run(None, {name: w[None]})[0].ravel()[0] for w in windows], np.float32))
