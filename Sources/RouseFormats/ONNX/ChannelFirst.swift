import RouseIR
import RouseNumerics

/// 8-bit values of the IR in the order in which ONNX has them: `[n, h, w, c]` becomes `[n, c, h, w]`.
public enum ChannelFirst {
  /// - Parameter bytes: bit patterns that fill `type`.
  public static func data(_ bytes: [Int8], _ type: TensorType) -> ONNXData {
    var ordered = bytes
    if type.shape.rank == 4, bytes.count > 0 {
      let channels = type.shape[3]
      let plane = type.shape[1] * type.shape[2]
      guard plane > 1 else { return named(ordered, type) }
      var index = 0
      for image in stride(from: 0, to: bytes.count, by: plane * channels) {
        for position in image..<image + plane {
          for channel in 0..<channels {
            ordered[position + channel * plane] = bytes[index]
            index += 1
          }
        }
      }
    }
    return named(ordered, type)
  }

  private static func named(_ ordered: [Int8], _ type: TensorType) -> ONNXData {
    type.element == .uint8
      ? .uint8(ordered.map { UInt8(bitPattern: $0) }) : .int8(ordered)
  }
}
