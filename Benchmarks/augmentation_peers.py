"""augmentation_peers.py ROUSE: clips of 3.2 s that are varied and become features in a second of one core, of Rouse and
of what microWakeWord uses (audiomentations, pymicro-features), in turn in the same run.

Run it with a Python that has audiomentations; without pymicro-features the peer's features are left out. Every figure is
CPU time; the best of three rounds. Both vary with the probabilities of microWakeWord's training notebook: room 0.5,
background 0.75 at -5 to 10 dB, gain always, a tenth each of equaliser, distortion, pitch, band stop and coloured noise;
24 rooms whose reverberation lasts from 0.15 to 0.7 s.
"""

import os
import sys
import tempfile
import wave

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})

import numpy as np

import timing

ROUNDS, CLIPS, RATE, SECONDS = 3, 100, 16_000, 3.2
rouse = sys.argv[1]
random = np.random.default_rng(1)


def write(path, x):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((x * 32767).clip(-32768, 32767).astype("<i2").tobytes())


def folders(root):
    """Rooms of exponential noise and backgrounds as files, as the reference reads them."""
    rooms, noises = os.path.join(root, "rooms"), os.path.join(root, "noises")
    os.makedirs(rooms)
    os.makedirs(noises)
    for k, t60 in enumerate(np.linspace(0.15, 0.7, 24)):
        n = np.arange(int(t60 * RATE))
        response = random.normal(0, 0.05, n.size) * 10 ** (-3 * n / RATE / t60)
        response[0] = 0.9
        write(os.path.join(rooms, f"{k}.wav"), response)
    for k in range(4):
        write(os.path.join(noises, f"{k}.wav"), random.normal(0, 0.1, 30 * RATE))
    return rooms, noises


def clip():
    time = np.arange(int(SECONDS * RATE)) / RATE
    voice = 0.4 * np.maximum(0, np.sin(6 * np.pi * time) * np.sin(0.8 * np.pi * time)) * ((120 * time) % 1 - 0.5)
    return (voice + random.uniform(-0.001, 0.001, time.size)).astype(np.float32)


def reference(root):
    import audiomentations as a

    rooms, noises = folders(root)
    chain = a.Compose([
        a.SevenBandParametricEQ(p=0.1, min_gain_db=-6, max_gain_db=6),
        a.TanhDistortion(p=0.1, min_distortion=0.0001, max_distortion=0.1),
        a.PitchShift(p=0.1, min_semitones=-3, max_semitones=3),
        a.BandStopFilter(p=0.1),
        a.AddColorNoise(p=0.1, min_snr_db=10, max_snr_db=30),
        a.AddBackgroundNoise(p=0.75, sounds_path=noises, min_snr_db=-5, max_snr_db=10),
        a.Gain(p=1.0, min_gain_db=-45, max_gain_db=0),
        a.ApplyImpulseResponse(p=0.5, ir_path=rooms),
    ])
    sound = clip()
    try:
        from pymicro_features import MicroFrontend
    except ImportError as error:
        print(f"pymicro-features: not installed here ({error}); the peer computes no features")
        MicroFrontend = None

    def features(x):
        data = (x * 32767).clip(-32768, 32767).astype("<i2")
        front_end = MicroFrontend()
        return [front_end.process_samples(data[k : k + 160].tobytes()).features for k in range(0, data.size - 159, 160)]

    def work():
        for _ in range(CLIPS):
            varied = chain(sound, sample_rate=RATE)
            if MicroFrontend:
                features(varied)

    return lambda: timing.rate(CLIPS, work)


def own():
    def run():
        figures = timing.rouse_figures(rouse, "augmentation", 1)
        return figures["augmentation and features, reference's chain, one core"]["value"], None

    return run


with tempfile.TemporaryDirectory() as root:
    runs = {"Rouse": own()}
    try:
        runs["audiomentations and pymicro-features"] = reference(root)
    except ImportError as error:
        print(f"audiomentations: not installed here ({error})")
    best = timing.best_of(runs, ROUNDS)

timing.table(best, "clips/s")
