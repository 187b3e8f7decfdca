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
      for (index, byte) in bytes.enumerated() {
        let (position, channel) = (index / channels, index % channels)
        let image = position / plane * plane * channels
        ordered[image + channel * plane + position % plane] = byte
      }
    }
    return type.element == .uint8
      ? .uint8(ordered.map { UInt8(bitPattern: $0) }) : .int8(ordered)
  }
}
