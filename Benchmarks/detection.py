"""ESPHome's detection rule over the probabilities of whole streams."""
import numpy as np

STRIDE = 3
QUIET = 50  # steps before a clip: the device has heard at least a second when the word comes


def hits(p, cutoff, window):
    """How often a stream of probabilities fires: sum of `window` of them above `cutoff * window`.

    A detection needs 100 feature rows with the newest probability below the cutoff since the start or the last one; the
    ring is emptied by a detection.
    """
    total = np.cumsum(np.concatenate([np.zeros(window), p]))
    above = np.flatnonzero(total[window:] - total[:-window] > cutoff * window)
    if len(above) == 0:
        return 0
    before = np.concatenate([[0], p[:-1]])
    low = np.cumsum((STRIDE - 1) * (before < cutoff) + (p < cutoff))
    found, start, needed = 0, 0, 100
    while True:
        above = above[above >= start]
        if start:
            # The ring was emptied: windows that reach back before `start` hold zeros there.
            near = [i for i in above if i < start + window and p[start:i + 1].sum() <= cutoff * window]
            above = np.setdiff1d(above, near)
        above = above[low[above] >= needed]
        if len(above) == 0:
            return found
        hit = int(above[0])
        found, start = found + 1, hit + 1
        # The emptied ring shows a 0, which is below the cutoff, until the next probability comes.
        shown = (STRIDE - 1) * int(p[hit] >= cutoff)
        needed = low[hit] + 100 - shown


def miss_rates(positives, ambient, levels, cutoffs, window=5):
    """Lowest miss rate in percent at no more than each level of false accepts an hour."""
    hours = sum(len(p) for p in ambient) * STRIDE / 100 / 3600
    quiet = np.zeros(QUIET)
    clips = [np.concatenate([quiet, p]) for p in positives]
    best = [100.0] * len(levels)
    for cutoff in cutoffs:
        rate = sum(hits(p, cutoff, window) for p in ambient if len(p)) / hours
        if rate > max(levels):
            continue
        missed = 100 * float(np.mean([hits(p, cutoff, window) == 0 for p in clips]))
        best = [min(old, missed) if rate <= level else old for old, level in zip(best, levels)]
    return best
