"""interpreter.py ROUSE MODEL.tflite [STEPS]: streaming steps a second of `rouse run`, TFLite Micro and LiteRT's default,
one core each, on the same rows in the same run.

Run it with the Python environment that ./test makes (it has the peers):

    ~/.cache/rouse/peers-*/bin/python Benchmarks/interpreter.py .build/release/rouse MODEL.tflite

Every figure is CPU time of the thread or process, so that other work on the machine does not count; the best of five
rounds in turn. Rouse's is the difference between a long and a short run, so that starting and reading files do not count.
"""

import os
import sys
import tempfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro import runtime

import timing

rouse, model = sys.argv[1], sys.argv[2]
steps = int(sys.argv[3]) if len(sys.argv) > 3 else 20_000
ROUNDS, ROUSE_FACTOR = 5, 10

random = np.random.default_rng(1)
stride = runtime.Interpreter.from_file(model).get_input_details(0)["shape"][1]
# Features of sound are mostly silence and slow: a walk that is cut off below.
walk = np.cumsum(random.integers(-20, 21, (steps * stride, 40)), axis=0)
rows = np.clip(np.abs(walk % 512 - 256) - 200, -128, 127).astype(np.int8)


def time_tflm():
    tflm = runtime.Interpreter.from_file(model)

    def run():
        out = []
        for k in range(steps):
            tflm.set_input(rows[k * stride : (k + 1) * stride][None], 0)
            tflm.invoke()
            out.append(tflm.get_output(0).ravel()[0])
        return np.array(out, np.uint8)

    return timing.rate(steps, run)


def time_litert(kind):
    interpreter = Interpreter(model, num_threads=1, experimental_op_resolver_type=kind)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]

    def run():
        out = []
        for k in range(steps):
            interpreter.set_tensor(source, rows[k * stride : (k + 1) * stride][None])
            interpreter.invoke()
            out.append(interpreter.get_tensor(result).ravel()[0])
        return np.array(out, np.uint8)

    return timing.rate(steps, run)


def run_rouse(path, out):
    return timing.child_seconds([rouse, "run", model, "--input", path, "--output", out])


with tempfile.TemporaryDirectory() as folder:
    short, long, out = (os.path.join(folder, name) for name in ("short.npy", "long.npy", "out.npy"))
    np.save(short, rows)
    np.save(long, np.tile(rows, (ROUSE_FACTOR, 1)))

    def time_rouse():
        whole = run_rouse(long, out)
        part = run_rouse(short, out)
        return steps * (ROUSE_FACTOR - 1) / max(whole - part, 1e-9), np.load(out).ravel()

    tflm_name = "TFLite Micro (PyPI tflite-micro, reference kernels)"
    runs = {
        "Rouse": time_rouse,
        tflm_name: time_tflm,
        "LiteRT default (XNNPACK)": lambda: time_litert(OpResolverType.AUTO),
        "LiteRT BUILTIN_REF": lambda: time_litert(OpResolverType.BUILTIN_REF),
    }
    best = timing.best_of(runs, ROUNDS)

truth = best[tflm_name][1]
print(f"{os.path.basename(model)}, {steps} steps of {stride} rows")
for name, (rate, output) in best.items():
    differing = int((output != truth).sum())
    print(f"{name:52} {rate:9.0f} steps/s   {rate / best['Rouse'][0]:5.2f} x Rouse   {differing} steps differ from TFLite Micro")
