"""front_end_peers.py ROUSE: seconds of sound that become features in a second of one core, of Rouse, pymicro-features
and TensorFlow's op, in turn in the same run.

Run it with a Python that has the peers; those that it lacks are left out and named. Every figure is CPU time; the best of
five rounds. The peers get a minute of seeded noise of changing level, which `rouse bench front-end` generates for itself
(the speed of none depends on the sound). On the same recording the rows of all must be equal, bit for bit.
"""

import os
import subprocess
import sys
import tempfile
import wave

import numpy as np

import timing

ROUNDS, SECONDS, RATE = 5, 60, 16_000
rouse = sys.argv[1]

random = np.random.default_rng(1)
time = np.arange(SECONDS * RATE) / RATE
samples = (random.normal(0, 3000, time.size) * np.abs(np.sin(0.7 * time))).clip(-32768, 32767).astype("<i2")


def pymicro():
    from pymicro_features import MicroFrontend

    chunks = [samples[k : k + 160].tobytes() for k in range(0, samples.size - 159, 160)]

    def features():
        front_end, rows = MicroFrontend(), []
        for chunk in chunks:
            found = front_end.process_samples(chunk).features
            if found:
                rows.append(found)
        return rows

    def run():
        found, rows = timing.rate(SECONDS, features)
        return found, np.round(np.array(rows, np.float32) * 25.6).astype(np.uint16)

    return run


def tensorflow():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf
    from tensorflow.lite.experimental.microfrontend.python.ops import audio_microfrontend_op as op

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    @tf.function
    def features(audio):
        return op.audio_microfrontend(
            audio, sample_rate=RATE, window_size=30, window_step=10, num_channels=40, upper_band_limit=7500.0,
            lower_band_limit=125.0, smoothing_bits=10, even_smoothing=0.025, odd_smoothing=0.06,
            min_signal_remaining=0.05, enable_pcan=True, pcan_strength=0.95, pcan_offset=80.0, gain_bits=21,
            enable_log=True, scale_shift=6, out_type=tf.uint16)

    audio = tf.constant(samples.astype(np.int16))
    features(audio)

    def run():
        # The op runs on a thread of TensorFlow's own.
        import resource
        before = resource.getrusage(resource.RUSAGE_SELF)
        rows = features(audio).numpy()
        after = resource.getrusage(resource.RUSAGE_SELF)
        spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return SECONDS / max(spent, 1e-9), rows

    return run


def own(folder):
    path, out = os.path.join(folder, "sound.wav"), os.path.join(folder, "rows.npy")
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    subprocess.run([rouse, "features", path, "--format", "u16", "--output", out], check=True)
    rows = np.load(out)

    def run():
        figures = timing.rouse_figures(rouse, "front-end", 0)
        return figures["front-end, one core"]["value"], rows

    return run


with tempfile.TemporaryDirectory() as folder:
    runs = {"Rouse": own(folder)}
    for name, make in [("pymicro-features, 10 ms a call", pymicro), ("TensorFlow's audio_microfrontend", tensorflow)]:
        try:
            runs[name] = make()
        except ImportError as error:
            print(f"{name}: not installed here ({error})")
    best = timing.best_of(runs, ROUNDS)

timing.table(best, "x real time")
truth = best["Rouse"][1]
for name, (_, rows) in best.items():
    equal = rows.shape == truth.shape and bool((rows == truth).all())
    print(f"{name}: {len(rows)} rows, {'equal to' if equal else 'DIFFERENT from'} Rouse's")
