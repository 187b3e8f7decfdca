import RouseFormats

/// Activations of other types in an int8 model: they cost memory and time, and few kernels take them.
enum TensorTypeCheck {
  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    guard model.input?.element == .int8 else { return [] }
    let last = model.output
    var found: [(element: TFLiteModel.Element, count: Int, first: ModelUnderCheck.Operator)] = []
    for node in model.operators {
      for tensor in node.outputs where isForeign(tensor, last: last) {
        if let index = found.firstIndex(where: { $0.element == tensor.element }) {
          found[index].count += 1
        } else {
          found.append((tensor.element, 1, node))
        }
      }
    }
    return found.map { element, count, first in
      Finding(
        .warning, .tensorType, at: model.place(first),
        "\(count) result\(count == 1 ? "" : "s") of the int8 model \(count == 1 ? "is" : "are") \(element)",
        help: element == .float32
          ? "a layer was not quantized: set `supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]`, which makes the "
            + "converter name it"
          : "only the output of an int8 model is of another type")
    }
  }

  private static func isForeign(_ tensor: TFLiteModel.Tensor, last: TFLiteModel.Tensor?) -> Bool {
    switch tensor.element {
    case .int8, .int32, .resource: false
    case .uint8: tensor != last
    case .float32, .float16, .int64, .string, .bool, .int16: true
    }
  }
}
