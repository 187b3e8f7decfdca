import RouseFormats

// `publish-probe FOLDER FIRST`: publishes two bundles in turn, over and over, until it is killed. The files of one hold
// zeros, those of the other ones; FIRST, 0 or 1, says which comes first.
let sizes = [
  ("probe.tflite", 20_000), ("probe.json", 500), ("esp-idf/probe/src/probe_model_data.cc", 30_000),
  ("esp-idf/probe/Kconfig", 300), ("zephyr/probe/zephyr/module.yml", 100),
]
var generation = UInt8(CommandLine.arguments[2]) ?? 0
while true {
  try BundleWriter.write(
    sizes.map { Artefact(fileName: $0.0, bytes: [UInt8](repeating: generation, count: $0.1)) },
    named: "probe", to: CommandLine.arguments[1])
  generation ^= 1
}
