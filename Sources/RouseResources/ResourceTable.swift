/// The files of `targets/`, `templates/` and `Presets/`, compiled into the program: one row per file.
///
/// Adding a file: a line in `embedded` of `Package.swift` and a row here. SwiftPM names the constants
/// after the file alone, so two files in different folders must not share a name.
let resourceTable: [(path: String, bytes: [UInt8])] = [
  ("targets/esp32-s3-n16r8.yaml", PackageResources.esp32_s3_n16r8_yaml),
  ("targets/esp32-s3-n8.yaml", PackageResources.esp32_s3_n8_yaml),
  ("Presets/demo.yaml", PackageResources.demo_yaml),
  ("Presets/esphome-small.yaml", PackageResources.esphome_small_yaml),
  ("Presets/esphome-standard.yaml", PackageResources.esphome_standard_yaml),
  ("templates/esphome.yaml.mustache", PackageResources.esphome_yaml_mustache),
  ("templates/model.c.mustache", PackageResources.model_c_mustache),
  ("templates/model.h.mustache", PackageResources.model_h_mustache),
]
