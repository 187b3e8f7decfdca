"""Reads the `.features` files of a run folder; the layout is described in `FeatureStoreHeader.swift`."""
import struct

import numpy as np


def clips(path):
    """(role, int8 rows [n, 40]) of every clip, in the order of the file."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"ROUSEFST":
        raise SystemExit(f"{path} is not a feature store")
    count, rows = struct.unpack_from("<IQ", data, 20)
    features = np.frombuffer(data, np.int8, rows * 40, 192).reshape(rows, 40)
    position, first, result = 192 + rows * 40, 0, []
    for _ in range(count):
        length, = struct.unpack_from("<Q", data, position)
        position += 8
        texts = []
        for _ in range(4):
            size, = struct.unpack_from("<I", data, position)
            texts.append(data[position + 4:position + 4 + size].decode())
            position += 4 + size
        result.append((texts[3], features[first:first + length]))
        first += length
    return result
