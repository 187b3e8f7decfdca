import Foundation

extension ModelInspection {
  /// The model as JSON: keys in alphabetical order, two spaces of indentation, a newline at the end. The same file gives
  /// the same text; no path and no time is in it.
  ///
  /// | key | holds |
  /// |---|---|
  /// | `format` | `tflite` or `onnx` |
  /// | `fileBytes` | size of the file |
  /// | `schemaVersion` | TFLite: version of the schema |
  /// | `irVersion`, `opsets`, `producer` | ONNX: version of the format, versions of the operator sets, what made it |
  /// | `description` | free text in the file |
  /// | `metadata[]` | `name`, `bytes`, and `value` when it is text |
  /// | `signatures[]` | names of entry points |
  /// | `sizes[]` | `kind` (a stable name), `label` (for people), `bytes`; the sum of `bytes` is `fileBytes` |
  /// | `totals` | `macs` an invocation, `operatorsWithUnknownMACs`, `weights` and `biases` (numbers, not bytes), `variables.count`, `variables.bytes`, `operators` (how often each occurs) |
  /// | `graphs[]` | `name`, `inputs` and `outputs` (indices of tensors), `tensors[]`, `operators[]` |
  /// | `graphs[].tensors[]` | `name`, `element`, `role` (`activation`, `weight`, `bias`, `constant`, `variable`), and where known `shape` (-1: known at run time), `bytes`, `scales`, `zeroPoints`, `quantizedAxis`, `values` (of small constants), `variable` (the shared name) |
  /// | `graphs[].operators[]` | `name`, `version` (TFLite), `inputs` (-1: left out), `outputs`, `options` (as the format calls them, defaults included), `macs` (absent when a shape is unknown) |
  ///
  /// A scale that is not finite is written as the text `inf`, `-inf` or `nan`.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("an inspection holds only text and numbers")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}

extension ModelInspection: Encodable {
  private enum Key: String, CodingKey {
    case format, fileBytes, schemaVersion, irVersion, opsets, description, producer, metadata
    case signatures, graphs, sizes, totals
  }

  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(format.rawValue, forKey: .format)
    try object.encode(fileBytes, forKey: .fileBytes)
    try object.encodeIfPresent(schemaVersion, forKey: .schemaVersion)
    try object.encodeIfPresent(irVersion, forKey: .irVersion)
    try object.encodeIfPresent(opsets, forKey: .opsets)
    try object.encode(description, forKey: .description)
    try object.encodeIfPresent(producer, forKey: .producer)
    try object.encode(metadata, forKey: .metadata)
    try object.encode(signatures, forKey: .signatures)
    try object.encode(graphs, forKey: .graphs)
    try object.encode(sizes, forKey: .sizes)
    try object.encode(totals, forKey: .totals)
  }
}

extension InspectedOperator: Encodable {
  private enum Key: String, CodingKey {
    case name, version, inputs, outputs, options, macs
  }

  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(name, forKey: .name)
    try object.encodeIfPresent(version, forKey: .version)
    try object.encode(inputs, forKey: .inputs)
    try object.encode(outputs, forKey: .outputs)
    // A damaged file may name an option twice; the first counts, as for `subscript(option:)`.
    let options = Dictionary(self.options.map { ($0.name, $0.value) }) { first, _ in first }
    try object.encode(options, forKey: .options)
    try object.encodeIfPresent(macs, forKey: .macs)
  }
}

extension InspectedOperator.Value: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .integer(let number): try value.encode(number)
    case .integers(let numbers): try value.encode(numbers)
    case .real(let number): try value.encode(number)
    case .reals(let numbers): try value.encode(numbers)
    case .text(let text): try value.encode(text)
    case .flag(let isSet): try value.encode(isSet)
    }
  }
}
