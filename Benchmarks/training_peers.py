"""training_peers.py ROUSE [THREADS]: training steps a second of `rouse bench training`, PyTorch (eager and compiled) and
Keras on the same network, batches of 128 windows of 204 x 40 random features, in the same run.

Run it with a Python that has torch, tensorflow-cpu or both; what is missing is left out:

    python3.11 -m venv peers && peers/bin/pip install tensorflow-cpu torch numpy
    peers/bin/python Benchmarks/training_peers.py .build/release/rouse 1

The network is that of the preset `esphome-standard`: a convolution of 5 rows and stride 3 to 32 channels, blocks of mixed
depthwise convolutions of 5 / 7, 11 / 9, 15 / 23 rows with pointwise convolutions to 64 channels and batch normalization,
and one dense unit over 17 x 64 values. Loss: binary cross-entropy; optimizer: Adam; no metrics. Rounds take turns; the
best and the median of each are printed, as wall time and as CPU time of the process.
"""

import json
import os
import statistics
import subprocess
import sys
import time

rouse = sys.argv[1]
threads = int(sys.argv[2]) if len(sys.argv) > 2 else 1
for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
    os.environ[name] = str(threads)
os.environ["TF_NUM_INTEROP_THREADS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np

ROUNDS, STEPS, BATCH, ROWS, BANDS = 5, 40, 128, 204, 40
BLOCKS = [[5], [7, 11], [9, 15], [23]]
random = np.random.default_rng(1)
features = np.maximum(0, random.uniform(-20, 26, (BATCH, ROWS, BANDS))).astype(np.float32)
targets = (np.arange(BATCH) % 3 == 0).astype(np.float32)[:, None]


def make_torch(compiled):
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)

    class MixedNet(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Conv2d(BANDS, 32, (5, 1), stride=(3, 1), bias=False)
            self.depthwise, self.pointwise, self.norm = (torch.nn.ModuleList() for _ in range(3))
            channels = 32
            for kernels in BLOCKS:
                size = channels // len(kernels)
                self.depthwise.append(
                    torch.nn.ModuleList(torch.nn.Conv2d(size, size, (k, 1), groups=size) for k in kernels)
                )
                self.pointwise.append(torch.nn.Conv2d(channels, 64, 1, bias=False))
                self.norm.append(torch.nn.BatchNorm2d(64, eps=1e-3, momentum=0.01))
                channels = 64
            self.dense = torch.nn.Linear(17 * 64, 1)

        def forward(self, x):
            x = torch.relu(self.first(x.transpose(1, 2).unsqueeze(3)))
            for kernels, depthwise, pointwise, norm in zip(BLOCKS, self.depthwise, self.pointwise, self.norm):
                parts = x.chunk(len(kernels), 1)
                longest = max(kernels)
                mixed = [layer(part[:, :, longest - k :]) for k, layer, part in zip(kernels, depthwise, parts)]
                x = torch.relu(norm(pointwise(mixed[0] if len(mixed) == 1 else torch.cat(mixed, 1))))
            return self.dense(x.flatten(1))

    network = MixedNet()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    loss = torch.nn.BCEWithLogitsLoss()
    forward = torch.compile(network) if compiled else network
    x, y = torch.from_numpy(features), torch.from_numpy(targets)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(forward(x), y).backward()
        optimizer.step()

    return step


def make_keras():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    layers = tf.keras.layers
    inputs = layers.Input((ROWS, BANDS))
    x = layers.Reshape((ROWS, 1, BANDS))(inputs)
    x = layers.Conv2D(32, (5, 1), strides=(3, 3), use_bias=False, activation="relu")(x)
    channels = 32
    for kernels in BLOCKS:
        size, longest, mixed = channels // len(kernels), max(kernels), []
        for i, k in enumerate(kernels):
            part = x if len(kernels) == 1 else x[:, :, :, i * size : (i + 1) * size]
            part = part if k == longest else part[:, longest - k :]
            mixed.append(layers.DepthwiseConv2D((k, 1))(part))
        x = mixed[0] if len(mixed) == 1 else layers.Concatenate()(mixed)
        x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(64, 1, use_bias=False)(x)))
        channels = 64
    network = tf.keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x)))
    optimizer = tf.keras.optimizers.Adam(1e-3)
    loss = tf.keras.losses.BinaryCrossentropy(from_logits=True)
    x, y = tf.constant(features), tf.constant(targets)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss(y, network(x, training=True))
        optimizer.apply_gradients(zip(tape.gradient(value, network.trainable_variables), network.trainable_variables))

    return step


def timed(step):
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(STEPS):
        step()
    return STEPS / (time.perf_counter() - wall), STEPS / (time.process_time() - cpu)


def time_rouse():
    command = [rouse, "bench", "training", "--threads", str(threads), "--json"]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["figures"]
    rates = {figure["name"]: figure["value"] for figure in figures}
    # Figures of one core are per CPU second, those of several threads per second of the clock.
    one = rates["training, esphome-standard, one core"]
    return (one if threads == 1 else rates[f"training, esphome-standard, {threads} threads"]), one


runs = {"Rouse": time_rouse}
for name, make in {
    "PyTorch, compiled": lambda: make_torch(True),
    "PyTorch, eager": lambda: make_torch(False),
    "Keras, graph": make_keras,
}.items():
    try:
        step = make()
        for _ in range(3):
            step()
        runs[name] = lambda step=step: timed(step)
    except ImportError as error:
        print(f"{name}: left out, {error}")

results = {name: [] for name in runs}
for _ in range(ROUNDS):
    for name, run in runs.items():
        results[name].append(run())
base = max(cpu for _, cpu in results["Rouse"])
print(f"{'':22} steps/s, {threads} thread(s): best, median | steps per CPU second: best | Rouse is")
for name, values in results.items():
    wall, cpu = zip(*values)
    speed = base / max(cpu) if threads == 1 else max(w for w, _ in results["Rouse"]) / max(wall)
    print(f"{name:22} {max(wall):8.1f} {statistics.median(wall):8.1f} | {max(cpu):8.1f} | {speed:5.2f} x as fast")
