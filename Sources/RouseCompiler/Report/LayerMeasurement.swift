import Foundation
import RouseIR
import RouseNumerics
import RouseRuntime

extension LayerReport {
  /// Steps that a report runs: four times as many as the ring buffers of the standard network look back.
  public static let usualSteps = 256

  /// Runs both streaming networks over the same rows, one stream after the other without a reset, as a device hears them.
  ///
  /// - Parameters:
  ///   - float: the streaming network before quantization.
  ///   - int8: the same after it; results are matched by name.
  ///   - streams: device features, `[rows · channels]` each, at least one step long.
  ///   - cycles: costs of the target.
  public static func measure(
    float: Graph, int8: Graph, over streams: [[Int8]], cycles: TargetProfile.Cycles
  ) throws(GraphError) -> LayerReport {
    var measurement = try LayerMeasurement(float: float, int8: int8)
    for stream in streams { measurement.run(stream) }
    return LayerReport(
      steps: measurement.steps, tensors: measurement.tensors,
      layers: layers(of: int8, cycles: cycles))
  }

  /// About `steps` steps out of many clips: four of them, spread evenly, each from its start.
  ///
  /// - Parameter rowBytes: bytes of one step.
  static func sample(_ clips: [[Int8]], stepBytes: Int, steps: Int = usualSteps) -> [[Int8]] {
    let long = clips.filter { $0.count >= stepBytes }
    let count = min(4, long.count)
    return (0..<count).map { index in
      let clip = long[index * long.count / count]
      return Array(clip.prefix(max(1, steps / count) * stepBytes))
    }
  }

  private static func layers(of graph: Graph, cycles: TargetProfile.Cycles) -> [Layer] {
    zip(graph.nodes, Budget.costs(of: graph)).map { node, entry in
      Layer(
        name: entry.node, operation: entry.builtin.schemaName, macs: entry.cost.macs,
        weightBytes: node.inputs.reduce(0) {
          $0 + (graph[$1].constant == nil ? 0 : graph[$1].type.bytes)
        },
        cycles: Int(
          (cycles.cycles(entry.builtin, entry.cost) + cycles.perNode.value).rounded()))
    }
  }
}

/// Both networks and the sums of what they differ by.
private struct LayerMeasurement {
  private struct Pair {
    var node: Int
    var int8: ValueID
    var float: ValueID
    var quantization: Quantization
    var codes: ClosedRange<Int>
    var count = 0
    var clipped = 0
    var signal = 0.0
    var noise = 0.0
    var largest = 0.0
    var low = Float.infinity
    var high = -Float.infinity

    /// Counts one step: the codes of the device and the values they stand for.
    mutating func add(_ bytes: [Int8], _ floats: FloatView) {
      let scale = Double(quantization.scale)
      let zero = Int(quantization.zeroPoint)
      let isUnsigned = codes.lowerBound == 0
      let (lowest, highest) = (Double(codes.lowerBound), Double(codes.upperBound))
      precondition(bytes.count == floats.count, "both networks have the same shapes")
      // In registers: the sums of a stored struct would be written back for every element.
      var (signal, noise, largest) = (self.signal, self.noise, self.largest)
      var (low, high, clipped) = (self.low, self.high, self.clipped)
      for (index, byte) in bytes.enumerated() {
        let f = floats[index]
        let code = isUnsigned ? Int(UInt8(bitPattern: byte)) : Int(byte)
        let error = Double(f) - scale * Double(code - zero)
        signal += Double(f) * Double(f)
        noise += error * error
        largest = max(largest, error.magnitude)
        let wanted = Double(f) / scale + Double(zero)
        // Half a code beyond the last one still rounds to it.
        if wanted < lowest - 0.5 || wanted > highest + 0.5 { clipped += 1 }
        low = min(low, f)
        high = max(high, f)
      }
      (self.signal, self.noise, self.largest) = (signal, noise, largest)
      (self.low, self.high, self.clipped) = (low, high, clipped)
      count += bytes.count
    }
  }

  private let float: FloatInterpreter
  private var int8: Interpreter
  private let input: Quantization
  private var pairs: [Pair] = []
  /// Index into `pairs` by value of the int8 graph.
  private var pairOfValue: [Int?]
  private(set) var steps = 0

  init(float: Graph, int8: Graph) throws(GraphError) {
    self.float = try FloatInterpreter(float)
    self.int8 = try Interpreter(int8)
    let type = int8[int8.inputs[0]].type
    input = type.quantization ?? Quantization(scale: 1, zeroPoint: 0)
    guard float[float.inputs[0]].type.shape == type.shape else {
      throw .mismatch(
        op: "input", what: "shape", expected: "\(float[float.inputs[0]].type.shape)",
        found: "\(type.shape)")
    }
    pairOfValue = [Int?](repeating: nil, count: int8.values.count)
    let floats = Dictionary(
      float.values.indices.map { (float.values[$0].name, ValueID($0)) }
    ) { first, _ in first }
    for (node, operation) in int8.nodes.enumerated() {
      for id in operation.outputs {
        let type = int8[id].type
        guard let partner = floats[int8[id].name], float[partner].type.shape == type.shape,
          float[partner].constant == nil, let quantization = type.quantization,
          quantization.axis == nil, type.element.bytes == 1
        else { continue }
        pairOfValue[id.index] = pairs.count
        pairs.append(
          Pair(
            node: node, int8: id, float: partner, quantization: quantization,
            codes: type.element == .uint8 ? 0...255 : -128...127))
      }
    }
  }

  mutating func run(_ rows: [Int8]) {
    let size = int8.graph[int8.graph.inputs[0]].type.shape.count
    // Taken out, because the closure below changes them while the interpreter runs.
    var pairs: [Pair] = []
    swap(&pairs, &self.pairs)
    defer { self.pairs = pairs }
    let (float, pairOfValue) = (self.float, self.pairOfValue)
    var start = 0
    while start + size <= rows.count {
      let step = Array(rows[start..<start + size])
      float.run(step.map { Float(Int32($0) - input.zeroPoint) * input.scale })
      int8.run(inputs: [step]) { _, id, bytes in
        guard let index = pairOfValue[id.index] else { return }
        pairs[index].add(bytes, float.view(of: pairs[index].float))
      }
      start += size
      steps += 1
    }
  }

  /// Empty before the first step.
  var tensors: [LayerReport.Tensor] {
    pairs.filter { $0.count > 0 }.map { pair in
      let value = int8.graph[pair.int8]
      let node = int8.graph.nodes[pair.node]
      let scale = pair.quantization.scale
      let zero = Int(pair.quantization.zeroPoint)
      let ratio = 10 * log10(pair.signal / pair.noise)
      return LayerReport.Tensor(
        name: value.name, node: pair.node,
        operation: node.op.deployable.map {
          $0.tflite(int8.graph.inputTypes(of: node), int8.graph.outputTypes(of: node)).builtin
            .schemaName
        } ?? node.op.name,
        shape: value.type.shape.dimensions, scale: scale, zeroPoint: zero,
        signalToNoise: ratio.isFinite ? (ratio * 100).rounded() / 100 : nil,
        largestErrorSteps: (pair.largest / Double(scale) * 100).rounded() / 100,
        seenLow: pair.low, seenHigh: pair.high,
        heldLow: scale * Float(pair.codes.lowerBound - zero),
        heldHigh: scale * Float(pair.codes.upperBound - zero),
        clippedShare: Double(pair.clipped) / Double(pair.count))
    }
  }
}
