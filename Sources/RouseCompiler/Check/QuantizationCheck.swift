import RouseFormats

/// Scales and zero points of input and output, which ESPHome never reads: it assumes them.
///
/// - Source: `micro_wake_word.cpp` of ESPHome: `(u * 256 + 333) / 666 - 128` for features, `uint8` compared with
///   `int(cutoff * 255)` for probabilities.
enum QuantizationCheck {
  /// What training tools calibrate to, and what the firmware computes exactly.
  static let calibratedScale: Float = 26.0 / 255
  static let exactScale: Float = 1665.0 / 16384
  /// Published models differ from 26/255 by up to 0.2 %; 2 % moves the loudest features by 5 of 255 steps.
  static let tolerance: Float = 0.02
  static let inputZeroPoint: Int64 = -128
  static let outputScale: Float = 1.0 / 256

  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    guard model.firmware.contract == .esphome else { return [] }
    return input(model) + output(model)
  }

  private static func input(_ model: ModelUnderCheck) -> [Finding] {
    guard let input = model.input, input.element == .int8 else { return [] }
    let place = model.place(input, "input")
    guard let (scale, zeroPoint) = parameters(input) else {
      return [
        Finding(
          .warning, .inputQuantization, at: place,
          "the input has no quantization; ESPHome feeds it scale \(exactScale), zero point -128",
          help: "compare results on the device with the trainer's")
      ]
    }
    if zeroPoint != inputZeroPoint {
      return [
        Finding(
          .error, .inputQuantization, at: place,
          "the input has zero point \(zeroPoint), ESPHome feeds features with \(inputZeroPoint) and does not look: "
            + "the model takes silence for sound",
          help:
            "the representative data must begin at 0.0 and reach 26.0, and the input must have no other range: "
            + "quantize again")
      ]
    }
    let nearest = [calibratedScale, exactScale].map { abs(scale / $0 - 1) }.min() ?? 0
    guard !(nearest <= tolerance) else { return [] }
    return [
      Finding(
        .warning, .inputQuantization, at: place,
        "the input has scale \(scale), ESPHome feeds features with \(exactScale) and does not look: "
          + "the model takes every feature for \(ratio(scale)) of what it is",
        help:
          "let the representative data reach exactly 26.0 (scale 26/255 = \(calibratedScale)), or set the scale to "
          + "1665/16384: quantize again")
    ]
  }

  /// The features mean `exactScale`; the model takes them for `scale`.
  private static func ratio(_ scale: Float) -> String {
    let percent = (scale / exactScale * 100).rounded()
    return percent >= 0 && percent < 1e6 ? "\(Int(percent)) %" : "a multiple"
  }

  private static func output(_ model: ModelUnderCheck) -> [Finding] {
    guard let output = model.output, output.element == .uint8 else { return [] }
    let parameters = parameters(output)
    if let parameters, parameters.scale == outputScale, parameters.zeroPoint == 0 { return [] }
    let found =
      parameters.map { "scale \($0.scale), zero point \($0.zeroPoint)" } ?? "no quantization"
    return [
      Finding(
        .warning, .outputQuantization, at: model.place(output, "output"),
        "the output has \(found), ESPHome takes it for a probability in steps of 1/256 from 0 and does not look",
        help:
          "choose the cutoff by what the device reads, the byte itself, or end the model with LOGISTIC and QUANTIZE"
      )
    ]
  }

  private static func parameters(
    _ tensor: TFLiteModel.Tensor
  ) -> (scale: Float, zeroPoint: Int64)? {
    guard let quantization = tensor.quantization, let scale = quantization.scales.first,
      let zeroPoint = quantization.zeroPoints.first
    else { return nil }
    return (scale, zeroPoint)
  }
}
