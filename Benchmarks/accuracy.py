"""accuracy.py ROUSE DATA [--words jarvis,computer] [--seeds 1,2,3] [--preset NAME] [--kinds real,synthetic]
            [--output FOLDER] [--threads N] [--spoken FOLDER,...]: what training reaches on real voices.

For each word, kind of positives and seed: trains on the train split of DATA, compiles for ESP32-S3, and scores the int8
streaming model on held-out people and on the ambient streams by ESPHome's rule with window 5, clips as recorded and with noise 10 dB
below the word.
Prints a table for each word and kind: miss rate in % as recorded / with noise at no more than N false accepts per hour,
each seed, the median with the Wilson interval of that seed, and the CPU time of training. A dash: at no cutoff.

DATA holds `index.csv` with the columns path, label, speaker and split; labels are words, `speech_en`, `noise`; paths begin
with `wake/`, `words/`, `speech/`, `synthetic/`, `ambient/`, `noise/` or `rir/`. What is synthetic is under `synthetic/`; the
kind `real` leaves it out. Nothing of the test split and of the ambient streams takes part in training or in any choice.

A word without synthetic voices in DATA gets those of a corpus that `rouse demo --phrase WORD` has made, if one of the
folders of --spoken is that word's: all its clips then train.

Runs that FOLDER holds already are only scored again.
"""

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys

LIMITS = [0.36, 1, 2, 5, 10]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("rouse")
parser.add_argument("data")
parser.add_argument("--words", default="jarvis,computer")
parser.add_argument("--seeds", default="1,2,3")
parser.add_argument("--kinds", default="real,synthetic")
parser.add_argument("--preset", default="esphome-standard")
parser.add_argument("--output", default="accuracy")
parser.add_argument("--threads", default="2")
parser.add_argument("--spoken", default="")
arguments = parser.parse_args()

rouse, data = os.path.abspath(arguments.rouse), os.path.abspath(arguments.data)
with open(os.path.join(data, "index.csv"), newline="") as file:
    rows = list(csv.DictReader(file))
os.makedirs(arguments.output, exist_ok=True)


def spoken_clips(place, word):
    """The clips of a demo's corpus, all of them to train on; none when it is another word's."""
    with open(os.path.join(place, "index.csv"), newline="") as file:
        clips = list(csv.DictReader(file))
    if not any(clip["label"] == word for clip in clips):
        return []
    roles = {word: "positive", "near_miss": "near_miss", "other_speech": "negative"}
    return [
        {**clip, "path": os.path.abspath(os.path.join(place, clip["path"])), "split": "train", "role": roles[clip["label"]]}
        for clip in clips if clip["label"] in roles
    ]


def corpus(word, kind, seed, folder):
    """Writes the corpus of a run, an index with a column for the role, and returns its path; None without such clips."""
    chosen = []
    for row in rows:
        top, label = row["path"].split("/")[0], row["label"]
        synthetic = top == "synthetic"
        if synthetic and kind == "real":
            continue
        if label == word:
            role = "positive"
        elif synthetic:
            # Near misses of the word; phrases that hold it, such as "hey jarvis", are neither.
            role = "near_miss" if label.startswith("hardneg") and word == "jarvis" else None
        else:
            roles = {"wake": "negative", "words": "negative", "speech": "negative", "ambient": "ambient"}
            role = {**roles, "noise": "noise", "rir": "impulse"}.get(top)
        if role:
            chosen.append({**row, "path": os.path.join(data, row["path"]), "role": role})
    if kind != "real" and not any(r["role"] == "positive" and "/synthetic/" in r["path"] for r in chosen):
        spoken = [clip for place in filter(None, arguments.spoken.split(",")) for clip in spoken_clips(place, word)]
        if not spoken:
            return None
        chosen += spoken
    with open(os.path.join(folder, "index.csv"), "w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "label", "speaker", "split", "role"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(chosen)
    path = os.path.join(folder, "corpus.yaml")
    with open(path, "w") as file:
        file.write(f"wake_word: {word}\nseed: {seed}\nsources:\n")
        for role in ("positive", "negative", "ambient", "noise", "impulse"):
            file.write(f"  - {{role: {role}, index: index.csv, where: {{role: [{role}]}}}}\n")
        if any(clip["role"] == "near_miss" for clip in chosen):
            # As the demo does it: nobody says near misses as often as the clips of them would have it.
            file.write("  - {role: negative, index: index.csv, where: {role: [near_miss]}, weight: 0.3}\n")
    return path


def run(*command, capture=False):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([rouse, *command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"rouse {' '.join(command)}\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return (done.stdout if capture else None), seconds


def score(word, kind, seed):
    folder = os.path.join(arguments.output, f"{word}-{kind}-{seed}")
    os.makedirs(folder, exist_ok=True)
    path = corpus(word, kind, seed, folder)
    if path is None:
        return None
    trained, timed = os.path.join(folder, "run"), os.path.join(folder, "seconds")
    if not os.path.exists(timed):
        command = ["train", "--corpus", path, "--preset", arguments.preset, "--output", trained]
        _, seconds = run(*command, "--threads", arguments.threads, *(["--resume"] if os.path.isdir(trained) else []))
        with open(timed, "w") as file:
            file.write(f"{seconds:.0f}\n")
    bundle = os.path.join(folder, "bundle")
    run("compile", trained, "--output", bundle, "--name", word, "--force")
    model = os.path.join(bundle, f"{word}.tflite")
    text, _ = run("eval", model, "--corpus", path, "--window", "5", "--json", capture=True)
    with open(os.path.join(folder, "eval.json"), "w") as file:
        file.write(text)
    with open(timed) as file:
        return json.loads(text), float(file.read())


def cell(point):
    return "-" if point is None else " / ".join(f"{100 * miss['rate']:.1f}" for miss in point["misses"])


for word in arguments.words.split(","):
    for kind in arguments.kinds.split(","):
        results = [result for seed in arguments.seeds.split(",") if (result := score(word, kind, seed))]
        if not results:
            print(f"\n{word}, {kind}: no such recordings")
            continue
        print(f"\n{word}, {kind}, preset {arguments.preset}: miss rate in %, {' / '.join(results[0][0]['conditions'])}")
        print("| seed | " + " | ".join(f"<= {limit}" for limit in LIMITS) + " | CPU s |")
        print("|---|" + "---|" * (len(LIMITS) + 1))
        points = []
        for seed, (report, seconds) in zip(arguments.seeds.split(","), results):
            found = {row["limit"]: row.get("point") for row in report["limits"]}
            points.append([found.get(limit) for limit in LIMITS])
            print(f"| {seed} | " + " | ".join(cell(point) for point in points[-1]) + f" | {seconds:.0f} |")
        medians = []
        for column in zip(*points):
            if any(point is None for point in column):
                medians.append("-")
                continue
            parts = []
            for condition in range(len(column[0]["misses"])):
                ordered = sorted((p["misses"][condition] for p in column), key=lambda m: m["rate"])
                middle = ordered[(len(ordered) - 1) // 2 if len(ordered) % 2 else len(ordered) // 2]
                parts.append(f"{100 * middle['rate']:.1f} ({100 * middle['low']:.1f}-{100 * middle['high']:.1f})")
            medians.append(" / ".join(parts))
        seconds = statistics.median(s for _, s in results)
        print("| median | " + " | ".join(medians) + f" | {seconds:.0f} |", flush=True)
