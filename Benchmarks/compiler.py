#!/usr/bin/env python3
"""Rouse's compiler and the reference path (TensorFlow's converter) on the same trained network, as one table.

usage: compiler.py ROUSE RUN [TF_PYTHON [FOLDER]]

ROUSE is the program, RUN a folder of `rouse train`. TF_PYTHON is a Python with tensorflow-cpu and onnx; without it the
column of the reference is left out. Runs in the environment that `./test` makes. Every figure is measured here: sizes
and arenas from `rouse check` on both files, instructions with callgrind on TFLite Micro, seconds and memory of the
programs themselves, codes and recall with TFLite Micro on the run's held-out part. FOLDER holds more recordings of the
wake word, which then take the place of the held-out ones in the comparison of float with int8: with a hundred clips one
clip is a whole point.
"""
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

import feature_store
from detection import miss_rates

HERE = os.path.dirname(os.path.abspath(__file__))
LEVELS = [0.36, 1, 2, 5, 10]
STEPS = (50, 250)


def measured(command):
    """Seconds, CPU seconds and peak megabytes of a child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(["/usr/bin/env", "time", "-f", "%M"] + command, capture_output=True, text=True)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, int(done.stderr.strip().splitlines()[-1]) / 1024, done.stdout


def facts(rouse, model, target):
    """Arena by kernel library, operators, tensors and bytes."""
    text = subprocess.run([rouse, "check", model, "--target", target, "--json"], capture_output=True, text=True).stdout
    checked = json.loads(text)
    seen = json.loads(subprocess.run([rouse, "inspect", model, "--json"], capture_output=True, text=True).stdout)
    return checked, seen


def instructions(model):
    """Of one step in TFLite Micro's reference kernels on this host: the difference of a long and a short run."""
    counts = []
    for steps in STEPS:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable,
             os.path.join(HERE, "tflm_steps.py"), model, str(steps)], capture_output=True, text=True,
            env=dict(os.environ, PYTHONHASHSEED="0"))
        counts.append(int(re.search(r"Collected : (\d+)", done.stderr).group(1)))
    return (counts[1] - counts[0]) // (STEPS[1] - STEPS[0])


def probabilities(model, streams):
    from tflite_micro.python.tflite_micro import runtime
    result = []
    for rows in streams:
        interpreter = runtime.Interpreter.from_file(model)
        step = []
        for start in range(0, len(rows) - 2, 3):
            interpreter.set_input(rows[start:start + 3][None], 0)
            interpreter.invoke()
            step.append(int(interpreter.get_output(0)[0, 0]))
        result.append(np.array(step, np.int64))
    return result


def float_probabilities(bundle, name, streams):
    """The float network's, in units of 1/256, from the streaming ONNX file of the bundle."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(f"{bundle}/{name}_streaming.onnx", options)
    ports = session.get_inputs()
    outputs = [port.name for port in session.get_outputs()]
    result = []
    for rows in streams:
        state = [np.zeros(port.shape, np.float32) for port in ports[1:]]
        features = (rows.astype(np.float32) + 128) * np.float32(1665 / 16384)
        step = []
        for start in range(0, len(rows) - 2, 3):
            feed = {ports[0].name: features[start:start + 3][None]}
            feed.update({port.name: value for port, value in zip(ports[1:], state)})
            found = session.run(outputs, feed)
            step.append(float(found[0].ravel()[0]) * 256)
            state = found[1:]
        result.append(np.array(step))
    return result


def recordings(rouse, folder):
    """Device features of every recording in a folder, by name."""
    result = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in sorted(os.listdir(folder)):
            out = f"{scratch}/rows.npy"
            subprocess.run(
                [rouse, "features", f"{folder}/{name}", "--format", "i8", "--output", out],
                check=True, stdout=subprocess.DEVNULL)
            result.append(np.load(out))
    return result


def main(rouse, run, tf_python=None, folder_of_words=None):
    target = "esp32-s3-n16r8"
    test = [rows for role, rows in feature_store.clips(f"{run}/test.features") if role == "positive"]
    if folder_of_words:
        test = recordings(rouse, folder_of_words)
    ambient = [rows for _, rows in feature_store.clips(f"{run}/ambient.features")]
    columns = {}
    with tempfile.TemporaryDirectory() as folder:
        bundle = f"{folder}/bundle"
        command = [rouse, "compile", run, "--target", target, "--name", "ours", "--output", bundle, "--no-score"]
        seconds, cpu, memory, _ = min(measured(command) for _ in range(3))
        models = {"ours": f"{bundle}/ours.tflite"}
        times = {"ours": (seconds, cpu, memory)}
        if tf_python:
            rows = np.concatenate([r for _, r in feature_store.clips(f"{run}/calibration.features")])
            np.save(f"{folder}/rows.npy", rows[:100_000])
            models["reference"] = f"{folder}/reference.tflite"
            seconds, cpu, memory, printed = measured(
                [tf_python, f"{HERE}/reference.py", f"{bundle}/ours.onnx", f"{folder}/rows.npy", models["reference"]])
            times["reference"] = (seconds, cpu, memory)
        floats = [float_probabilities(bundle, "ours", part) for part in (test, ambient)]
        float_misses = miss_rates(*floats, LEVELS, [c / 4 for c in range(16, 1020)])
        for kind, model in models.items():
            checked, seen = facts(rouse, model, target)
            ints = [probabilities(model, part) for part in (test, ambient)]
            columns[kind] = (checked, seen, instructions(model), times[kind], ints, miss_rates(*ints, LEVELS, range(4, 255)))
        report(columns, float_misses, json.load(open(f"{bundle}/ours.json"))["micro"])


def lost(int8, float_misses, summary):
    """Percentage points of recall that int8 costs, over the levels that the float network reaches."""
    return summary([a - b for a, b in zip(int8, float_misses) if b < 100])


def codes(column, cutoff):
    """Distinct output codes above `cutoff` that the streams gave."""
    return len({p for stream in sum(column[4], []) for p in stream if p > cutoff})


def report(columns, float_misses, detection):
    """One row a figure, one column a path."""
    cutoff = int(detection["probability_cutoff"] * 255)
    rows = {"file, bytes": lambda c: c[1]["fileBytes"]}
    for library in ("reference", "esp-nn-1.1.2", "esp-nn-1.2.1", "esp-nn-1.2.3"):
        rows[f"arena, {library}"] = lambda c, library=library: c[0]["arena"]["minimumBytes"][library]
    rows.update({
        "operators": lambda c: sum(len(g["operators"]) for g in c[1]["graphs"]),
        "tensors": lambda c: sum(len(g["tensors"]) for g in c[1]["graphs"]),
        "instructions a step, TFLite Micro": lambda c: c[2],
        "seconds": lambda c: f"{c[3][0]:.2f}",
        "CPU seconds": lambda c: f"{c[3][1]:.2f}",
        "peak memory, MB": lambda c: f"{c[3][2]:.0f}",
        "codes seen above 0.97": lambda c: codes(c, 247),
        "recall lost to int8, points, worst": lambda c: f"{lost(c[5], float_misses, max):.2f}",
        "recall lost to int8, points, mean": lambda c: f"{lost(c[5], float_misses, np.mean):.2f}",
    })
    for index, level in enumerate(LEVELS):
        rows[f"misses at <= {level} an hour, %"] = lambda c, index=index: f"{c[5][index]:.1f}"
    width = max(map(len, rows))
    print("".ljust(width), *(name.rjust(12) for name in columns))
    for name, figure in rows.items():
        print(name.ljust(width), *(str(figure(column)).rjust(12) for column in columns.values()))
    print(f"our cutoff is code {cutoff}: {codes(columns['ours'], cutoff)} codes seen above it")
    print("misses of the float network, %:", *(f"{m:.1f}" for m in float_misses))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
