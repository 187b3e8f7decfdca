import CSndfile
import Foundation
import Glibc

/// A folder that disappears with the test that made it.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/rouse-audio-tests-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ bytes: [UInt8], to name: String) -> String {
    _ = FileManager.default.createFile(atPath: self(name), contents: Data(bytes))
    return self(name)
  }

  func bytes(_ name: String) -> [UInt8] {
    [UInt8](FileManager.default.contents(atPath: self(name)) ?? Data())
  }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}

/// Encodes frames with libsndfile; `format` is a major type or a subtype.
func encode(
  _ interleaved: [Float], to path: String, rate: Int, channels: Int = 1, format: Int
) {
  var info = SF_INFO()
  info.samplerate = Int32(rate)
  info.channels = Int32(channels)
  info.format = Int32(format)
  let handle = sf_open(path, Int32(SFM_WRITE), &info)
  // In pieces: the Vorbis encoder of libsndfile 1.2 keeps a whole call on the stack.
  let piece = 4096 * channels
  for start in stride(from: 0, to: interleaved.count, by: piece) {
    let part = Array(interleaved[start..<min(start + piece, interleaved.count)])
    _ = sf_write_float(handle, part, sf_count_t(part.count))
  }
  sf_close(handle)
}

/// `amplitude · sin(2π · frequency · t)`
func sine(
  _ frequency: Double, seconds: Double, rate: Int = 16_000, amplitude: Double = 0.5
) -> [Float] {
  (0..<Int(seconds * Double(rate))).map {
    Float(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate)))
  }
}

/// Root of the mean square.
func rms(_ x: some Collection<Float>) -> Double {
  (x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(x.count, 1))).squareRoot()
}

func decibels(_ ratio: Double) -> Double { 20 * log10(ratio) }
