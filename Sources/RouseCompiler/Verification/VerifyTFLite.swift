import RouseFormats
import RouseIR
import RouseRuntime

extension Verify {
  /// The decoded graph is what the file's form shows of the quantized one, and run in the device's own memory plan it gives
  /// the same bits.
  mutating func verifyTFLite() throws {
    let name = "\(request.name).tflite"
    let bytes = try read(name)
    let model = try TFLiteReader.read(bytes)
    let file = try GraphDecoding.decoded(model)
    let decoded = file.graph
    tfliteGraph = decoded
    let lowered = planned.lowered.graph
    note(
      name, bytes, reader: "TFLiteReader, GraphDecoding",
      "the graph decoded from the file equals what is stored of the lowered graph",
      compared: decoded.nodes.count, unit: "operators",
      difference: decoded == planned.form.visible(in: lowered) ? 0 : 1)

    let report = try ArenaModel(library: planned.arena.library, for: request.profile)
      .report(for: model)
    let plan = report.plan.arenaPlan(of: file)
    let conflicts = plan.firstConflict(in: decoded) == nil ? 0 : 1
    note(
      name, bytes, reader: "ArenaModel",
      "no two tensors that live at the same time share bytes of the arena",
      compared: decoded.values.count, unit: "tensors", difference: Double(conflicts))

    let rows = Array(stream.prefix(Self.mostSteps * lowered[lowered.inputs[0]].type.shape.count))
    var onDisk = try Interpreter(decoded, plan: plan)
    var inMemory = try Interpreter(lowered)
    let found = onDisk.runStream(rows)
    // The reference may take many steps at a time: the same sums of the same integers.
    let asTrained = planned.quantized.streaming
    let expected = try StagedStreams(asTrained, [rows], upTo: nil).outputs(of: asTrained)[0]
    let some = Array(rows.prefix(Self.minimumSteps * lowered[lowered.inputs[0]].type.shape.count))
    let unplanned = inMemory.runStream(some)
    note(
      name, bytes, reader: "Interpreter in the planned arena",
      "the int8 outputs equal those of the quantized model in memory, bit for bit",
      compared: found.count, unit: "streaming steps",
      difference: Self.largestDifference(found, expected))
    note(
      name, bytes, reader: "Interpreter",
      "lowering changed no output: the lowered graph and the one as trained agree, bit for bit",
      compared: unplanned.count, unit: "streaming steps",
      difference: Self.largestDifference(unplanned, Array(expected.prefix(unplanned.count))))
  }

  private static func largestDifference(_ a: [UInt8], _ b: [UInt8]) -> Double {
    guard a.count == b.count else { return .infinity }
    return Double(zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0)
  }

  /// The graph decoded from the `.tflite` on disk.
  mutating func decodedGraph() throws -> Graph {
    if let tfliteGraph { return tfliteGraph }
    let model = try TFLiteReader.read(try read("\(request.name).tflite"))
    let graph = try GraphDecoding.graph(from: model)
    tfliteGraph = graph
    return graph
  }

  /// The array in the C source is the `.tflite`.
  mutating func verifyCArray() throws {
    let name = "\(SafeName.identifier(request.name))_model.c"
    let bytes = try read(name)
    let array = try CArrayReader.read(bytes)
    let model = try read("\(request.name).tflite")
    let differing = zip(array, model).reduce(abs(array.count - model.count)) {
      $0 + ($1.0 == $1.1 ? 0 : 1)
    }
    note(
      name, bytes, reader: "CArrayReader", "the array holds the bytes of \(request.name).tflite",
      compared: array.count, unit: "bytes", difference: Double(differing))
  }
}
