"""run_onnx_folder.py FOLDER: for each NAME.onnx onnx.checker in full, then one run in onnxruntime on NAME.in0.npy, … (one
for each input); writes NAME.out0.npy, … ."""

import glob
import os
import sys

import numpy as np
import onnx
import onnxruntime

for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.onnx"))):
    base = path[: -len(".onnx")]
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        if any(node.op_type == "DequantizeLinear" for node in model.graph.node):
            # As in run_onnx.py. Float and exact models need no option.
            options.add_session_config_entry("session.x64quantprecision", "1")
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        feeds = {
            port.name: np.load(f"{base}.in{index}.npy", allow_pickle=False).reshape(port.shape)
            for index, port in enumerate(session.get_inputs())
        }
        results = session.run(None, feeds)
    except Exception as error:
        sys.exit(f"{os.path.basename(path)}: {error}")
    for index, result in enumerate(results):
        np.save(f"{base}.out{index}.npy", np.ascontiguousarray(result).reshape(-1))
