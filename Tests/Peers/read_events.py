"""read_events.py FOLDER: what TensorBoard finds in a folder of event files: tag, step, bits of each float32 scalar."""

import logging
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

# TensorBoard says on standard error what it skips; a damaged record must not pass as an empty file.
logging.basicConfig(level=logging.WARNING)
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
events.Reload()
tags = events.Tags()
for tag in tags["scalars"]:
    for event in events.Scalars(tag):
        print(tag, event.step, struct.unpack("<I", struct.pack("<f", event.value))[0])
for tag in tags["tensors"]:
    for event in events.Tensors(tag):
        print(tag, event.step, struct.unpack("<I", struct.pack("<f", event.tensor_proto.float_val[0]))[0])
