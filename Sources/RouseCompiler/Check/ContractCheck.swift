import RouseFormats

/// What a firmware reads of a model before it runs it: the schema's version, and for ESPHome the shape and type of input
/// and output.
///
/// - Source: `StreamingModel::load_model_` in ESPHome's `micro_wake_word/streaming_model.cpp`.
enum ContractCheck {
  static let schemaVersion: UInt32 = 3
  /// The front-end makes so many features in a row.
  static let channels: Int32 = 40
  /// `stride_` is a byte.
  static let rows: ClosedRange<Int32> = 1...255

  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    guard model.firmware.contract == .esphome else { return [] }
    if let float = floatModel(model) { return [float] }
    return input(model) + output(model)
  }

  /// For a file that the reader refuses because of its version.
  static func schema(_ found: String, at place: String) -> Finding {
    Finding(
      .error, .schemaVersion, at: place,
      "schema version \(found), the firmware runs version \(schemaVersion) only",
      help: "convert the model again with a current version of TensorFlow or LiteRT")
  }

  // MARK: - Float

  /// A float model breaks nearly every rule; one finding says why.
  private static func floatModel(_ model: ModelUnderCheck) -> Finding? {
    guard let input = model.input, input.element == .float32 || input.element == .float16 else {
      return nil
    }
    let shape = text(input.shape)
    let isWindow = input.shape.count != 3 || input.shape.last != channels
    return Finding(
      .error, .floatModel, at: model.place(input, "input"),
      "\(input.element) model of input \(shape), ESPHome needs int8 [1, S, \(channels)]"
        + (isWindow ? "; this is not a streaming model of ESPHome's features either" : ""),
      help: isWindow
        ? "models of openWakeWord and others that see a whole window or another front-end cannot be converted: "
          + "train a streaming model on ESPHome's features, for example with `rouse train`"
        : "quantize it with representative features: `inference_input_type = tf.int8`, "
          + "`inference_output_type = tf.uint8` in TensorFlow's converter")
  }

  // MARK: - Input

  private static func input(_ model: ModelUnderCheck) -> [Finding] {
    let count = model.main?.inputs.count ?? 0
    guard let input = model.input else {
      return [
        Finding(
          .error, .inputCount, at: model.name, "the model has no input",
          help: "ESPHome writes features into input 0")
      ]
    }
    var result: [Finding] = []
    if count > 1 {
      result.append(
        Finding(
          .error, .inputCount, at: model.name,
          "the model has \(count) inputs, ESPHome fills the first one only",
          help: "keep state in variables (VAR_HANDLE) instead of passing it in and out"))
    }
    let place = model.place(input, "input")
    if input.element != .int8 {
      result.append(
        Finding(
          .error, .inputType, at: place, "the input is \(input.element), ESPHome needs int8",
          help: "set `inference_input_type = tf.int8` when converting"))
    }
    let isRightShape =
      input.shape.count == 3 && input.shape[0] == 1 && rows.contains(input.shape[1])
      && input.shape[2] == channels
    if !isRightShape {
      result.append(
        Finding(
          .error, .inputShape, at: place,
          "the input has shape \(text(input.shape)), ESPHome needs [1, S, \(channels)] with S from "
            + "\(rows.lowerBound) to \(rows.upperBound)",
          help: "S is the number of feature rows of one step; convert the streaming form of the "
            + "network, not the one that sees a whole window"))
    }
    return result
  }

  // MARK: - Output

  private static func output(_ model: ModelUnderCheck) -> [Finding] {
    let count = model.main?.outputs.count ?? 0
    guard let output = model.output else {
      return [
        Finding(
          .error, .outputCount, at: model.name, "the model has no output",
          help: "ESPHome reads the probability from output 0")
      ]
    }
    var result: [Finding] = []
    if count > 1 {
      result.append(
        Finding(
          .warning, .outputCount, at: model.name,
          "the model has \(count) outputs, ESPHome reads the first one only",
          help: "remove the others: they take time and memory"))
    }
    let place = model.place(output, "output")
    if output.element != .uint8 { result.append(type(of: output, at: place)) }
    if output.shape != [1, 1] {
      result.append(
        Finding(
          .error, .outputShape, at: place,
          "the output has shape \(text(output.shape)), ESPHome needs [1, 1]",
          help: "the output is one probability: end the network with one unit and a sigmoid"))
    }
    return result
  }

  private static func type(of output: TFLiteModel.Tensor, at place: String) -> Finding {
    let missing =
      output.element == .int8 ? "; the QUANTIZE from int8 to uint8 at the end is missing" : ""
    return Finding(
      .error, .outputType, at: place,
      "the output is \(output.element), ESPHome needs uint8\(missing)",
      help: "set `inference_output_type = tf.uint8` in TensorFlow's converter, then it appends "
        + "QUANTIZE; `inference_input_type` stays int8")
  }

  static func text(_ shape: [Int32]) -> String {
    "[" + shape.map(String.init).joined(separator: ", ") + "]"
  }
}
