"""run_onnx_streaming.py MODEL.onnx ROWS.npy OUT.npy: onnx.checker in full, then rows [n, 40] through onnxruntime, as many
at a time as the model takes, state carried as its metadata says; the first element of the first output of each step."""

import sys

import numpy as np
import onnx
import onnxruntime

model, rows, out = sys.argv[1], np.load(sys.argv[2], allow_pickle=False), sys.argv[3]
onnx.checker.check_model(onnx.load(model), full_check=True)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
if model.endswith("_int8.onnx"):
    # As in run_onnx.py. The float and the exact model need no option.
    options.add_session_config_entry("session.x64quantprecision", "1")
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
outputs = [port.name for port in session.get_outputs()]
state, sources = {}, {}
for port in session.get_inputs():
    if "rouse.state." + port.name in metadata:
        kind = {"tensor(float)": np.float32, "tensor(int8)": np.int8}[port.type]
        state[port.name] = np.full(port.shape, kind(metadata["rouse.state_initial." + port.name]))
        sources[port.name] = outputs.index(metadata["rouse.state." + port.name])
    else:
        features = port
stride = features.shape[1]
steps = []
for k in range(len(rows) // stride):
    results = session.run(None, {features.name: rows[k * stride : (k + 1) * stride][None], **state})
    state = {name: results[source] for name, source in sources.items()}
    steps.append(results[0].ravel()[0])
np.save(out, np.array(steps))
