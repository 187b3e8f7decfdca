"""Runs a streaming model for a number of steps in TFLite Micro; callgrind counts what two such runs differ by.

usage: tflm_steps.py MODEL.tflite STEPS
"""
import sys

import numpy as np
from tflite_micro.python.tflite_micro import runtime

interpreter = runtime.Interpreter.from_file(sys.argv[1])
rows = np.zeros((1, 3, 40), np.int8)
for _ in range(int(sys.argv[2])):
    interpreter.set_input(rows, 0)
    interpreter.invoke()
