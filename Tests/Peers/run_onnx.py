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
# Without this, processors that have AVX2 but no VNNI saturate sums of two int8 products at 16 bits: a QDQ model was off
# by up to 58 of 256 steps (1.31.1), with it by none.
options.add_session_config_entry("session.x64quantprecision", "1")
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
np.save(out, np.array([session.run(None, {name: w[None]})[0].ravel()[0] for w in windows], np.float32))
