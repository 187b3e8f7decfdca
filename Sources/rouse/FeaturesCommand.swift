import ArgumentParser
import RouseAudio
import RouseFrontEnd
import RouseNumerics

/// `rouse features FILE --format u16|f32|i8 --output x.npy [--step 10|20]`
struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Write the features that a device computes from a recording.",
    discussion: """
      Reads a sound file of any format and sample rate and writes one row of 40 numbers per step as a NumPy array, bit \
      for bit what ESPHome computes from the same samples at 16 kHz.
      """)

  /// The three views of a feature matrix.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case u16
    case f32
    case i8

    func array(_ features: FeatureMatrix) -> NPYArray {
      switch self {
      case .u16: NPYArray(shape: features.shape, .uint16(features.values))
      case .f32: NPYArray(shape: features.shape, .float32(features.float32))
      case .i8: NPYArray(shape: features.shape, .int8(features.deviceInt8))
      }
    }
  }

  enum Step: Int, CaseIterable, ExpressibleByArgument {
    case ten = 10
    case twenty = 20
  }

  @Argument(help: "The recording.")
  var file: String

  @Option(
    help: """
      u16: raw numbers; f32: what training sees, u / 25.6; i8: what the device feeds the model.
      """)
  var format = Format.i8

  @Option(help: "The .npy file to write.")
  var output: String

  @Option(help: "Milliseconds from row to row; 20 only for models of manifest version 1.")
  var step = Step.ten

  func run() throws {
    let clip = try AudioFile.read(file)
    let features = MicroFrontEnd.features(of: clip.int16, stepMilliseconds: step.rawValue)
    try AtomicFile.write(format.array(features).bytes, to: output)
  }
}
