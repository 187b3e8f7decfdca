"""check_esphome.py MANIFEST.json WORKDIR: ESPHome validates a device that uses the manifest and generates its code; the
array in the generated code must be the .tflite, byte for byte."""

import json
import os
import re
import shutil
import subprocess
import sys

manifest, work = sys.argv[1], sys.argv[2]
model = os.path.join(os.path.dirname(os.path.abspath(manifest)), json.load(open(manifest))["model"])
os.makedirs(work, exist_ok=True)
shutil.copy(manifest, os.path.join(work, "manifest.json"))
shutil.copy(model, work)
DEVICE = """
esphome: {name: rouse-probe}
esp32: {board: esp32-s3-devkitc-1, variant: esp32s3, flash_size: 8MB, framework: {type: esp-idf}}
logger:
i2s_audio: [{id: i2s_in, i2s_lrclk_pin: GPIO5, i2s_bclk_pin: GPIO6}]
microphone:
  - {platform: i2s_audio, id: mic, adc_type: external, i2s_din_pin: GPIO4, sample_rate: 16000, bits_per_sample: 16bit,
     channel: left, pdm: false}
micro_wake_word: {microphone: mic, models: [{model: manifest.json}]}
"""
open(os.path.join(work, "device.yaml"), "w").write(DEVICE)


def esphome(*arguments):
    command = [sys.executable, "-m", "esphome", *arguments, "device.yaml"]
    run = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"esphome {' '.join(arguments)} failed with {run.returncode}:\n{(run.stdout + run.stderr)[-3000:]}")
    return run.stdout + run.stderr


if "Configuration is valid!" not in esphome("config"):
    sys.exit("esphome config did not call the configuration valid")
esphome("compile", "--only-generate")
code = open(os.path.join(work, ".esphome/build/rouse-probe/src/main.cpp")).read()
array = re.search(r"uint8_t\s+\w+\[\]\s+PROGMEM\s*=\s*\{([^}]*)\}", code)
if not array:
    sys.exit("no model array in the generated main.cpp")
generated = bytes(int(byte, 16) for byte in array.group(1).split(","))
if generated != open(model, "rb").read():
    sys.exit(f"the generated array ({len(generated)} bytes) is not the .tflite")
print(f"accepted; {len(generated)} bytes identical")
