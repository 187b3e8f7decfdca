"""run_features.py SAMPLES.npy OUT.npy: int16 samples through pymicro-features; uint16 [frames, 40]."""

import sys

import numpy as np
from pymicro_features import MicroFrontend

samples, out = np.load(sys.argv[1], allow_pickle=False), sys.argv[2]
frontend, rows = MicroFrontend(), []
for start in range(0, len(samples) - 159, 160):
    row = frontend.process_samples(samples[start : start + 160].tobytes()).features
    if row:
        rows.append(np.asarray(row, np.float32) / np.float32(0.0390625))
np.save(out, np.array(rows, np.uint16).reshape(-1, 40))
