"""CPU time of threads and of child processes, and rounds in turn: what all benchmarks share."""
import json
import resource
import subprocess
import time


def rate(work, run):
    """Units of work a second of this thread's CPU time, and what `run` returned."""
    start = time.thread_time()
    result = run()
    return work / max(time.thread_time() - start, 1e-9), result


def child_seconds(command):
    """CPU seconds of a child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def best_of(runs, rounds):
    """{name: (best rate, last result)}: every round makes each run once, so that a busy minute hits all alike."""
    best = {name: (0.0, None) for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found, result = run()
            best[name] = (max(best[name][0], found), result)
    return best


def rouse_figures(rouse, subject, seconds):
    """The figures of `rouse bench` by name."""
    command = [rouse, "bench", subject, "--threads", "1", "--seconds", str(seconds), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}


def table(best, unit, own="Rouse"):
    """One line a run, with how many times as fast Rouse is."""
    for name, (found, _) in best.items():
        ratio = best[own][0] / found if found else float("nan")
        print(f"{name:56} {found:10.0f} {unit}   Rouse is {ratio:5.2f} x as fast")
