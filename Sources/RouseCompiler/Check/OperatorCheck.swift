/// Operators and their versions against what the firmware registers.
enum OperatorCheck {
  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    var names: [String] = []
    var uses: [String: [ModelUnderCheck.Operator]] = [:]
    for node in model.operators {
      if uses[node.name] == nil { names.append(node.name) }
      uses[node.name, default: []].append(node)
    }
    return names.flatMap { name -> [Finding] in
      guard let nodes = uses[name], let first = nodes.first else { return [] }
      if first.code.code == SchemaNames.custom { return [custom(name, nodes, model)] }
      guard model.firmware.operators.contains(name) else {
        return [missing(name, nodes, model)]
      }
      return version(first, model)
    }
  }

  // MARK: - Findings

  private static func missing(
    _ name: String, _ nodes: [ModelUnderCheck.Operator], _ model: ModelUnderCheck
  ) -> Finding {
    Finding(
      .error, .operatorNotRegistered, at: model.place(nodes[0]),
      model.firmware.contract == .esphome
        ? "\(model.firmware.release) does not register \(name), which the model uses \(times(nodes))"
        : "\(name), which the model uses \(times(nodes)), is not among the operators of the profile's firmware",
      help: esphomeAdvice(name, model) ?? newerFirmware(name, model) ?? otherAdvice(model))
  }

  private static func esphomeAdvice(_ name: String, _ model: ModelUnderCheck) -> String? {
    model.firmware.contract == .esphome ? advice[name] : nil
  }

  /// A release of the same profile that has the operator.
  private static func newerFirmware(_ name: String, _ model: ModelUnderCheck) -> String? {
    model.profile.firmware.first { $0.operators.contains(name) }.map {
      "it is registered since \($0.release): build with that release or a newer one"
    }
  }

  private static func otherAdvice(_ model: ModelUnderCheck) -> String {
    (model.firmware.contract == .esphome
      ? "rebuild the network without it; registered are "
      : "rebuild the network without it: Rouse knows neither the memory nor the results of others than ")
      + model.firmware.operators.sorted().joined(separator: ", ")
  }

  /// What brings in operators that no firmware has.
  ///
  /// - Source: OHF-Voice/micro-wake-word#50 and #39 (DEQUANTIZE), esphome/esphome#12652 (EXPAND_DIMS).
  private static let advice = [
    "DEQUANTIZE":
      "the variables stayed float32: set `converter._experimental_variable_quantization = True` and "
      + "convert again, or use the version of TensorFlow that the trainer pins",
    "EXPAND_DIMS":
      "newer versions of TensorFlow write it for `tf.expand_dims`: put a reshape there "
      + "(`tf.reshape` with a constant shape), or convert with the version that the trainer pins",
    "SOFTMAX": "ESPHome has no SOFTMAX: end the network with one unit and a sigmoid (LOGISTIC)",
    "RELU": "a RELU of its own was not fused: put it directly behind a convolution or dense layer",
    "RELU6":
      "a RELU6 of its own was not fused: put it directly behind a convolution or dense layer",
    "SQUEEZE": "put a reshape with a constant shape in its place",
    "SPLIT": "split with given sizes (`tf.split` with a list), which becomes SPLIT_V",
    "SVDF": "micro_wake_word registers no SVDF: use (depthwise) convolutions with stream state",
  ]

  private static func custom(
    _ name: String, _ nodes: [ModelUnderCheck.Operator], _ model: ModelUnderCheck
  ) -> Finding {
    let flex = name.hasPrefix("`Flex")
    return Finding(
      .error, .customOperator, at: model.place(nodes[0]),
      "the model uses the custom operator \(name) \(times(nodes)), which \(model.firmware.release) "
        + "does not have",
      help: flex
        ? "Flex operators run in TensorFlow itself: remove `SELECT_TF_OPS` from the converter's `supported_ops` and "
          + "change what it then complains of"
        : "rebuild the network from operators that the firmware registers")
  }

  /// TFLite Micro finds operators by code alone and never compares versions, so a newer one runs as if it were older.
  private static func version(
    _ node: ModelUnderCheck.Operator, _ model: ModelUnderCheck
  ) -> [Finding] {
    guard let builtin = node.code.builtin, node.code.version > builtin.latestInt8Version else {
      return []
    }
    return [
      Finding(
        .warning, .operatorVersion, at: model.place(node),
        "\(node.name) has version \(node.code.version), int8 operators have at most "
          + "\(builtin.latestInt8Version); the firmware does not look and runs the kernel that it has",
        help:
          "compare results on the device with `rouse run`, or convert with an older version of TensorFlow"
      )
    ]
  }

  private static func times(_ nodes: [ModelUnderCheck.Operator]) -> String {
    nodes.count == 1 ? "once" : "\(nodes.count) times"
  }
}
