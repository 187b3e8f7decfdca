import RouseCompiler
import RouseFormats
import RouseIR
import RouseRuntime

/// A model from a stranger, all the way: read, written and read again, planned, decoded, one step run.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  withInput(data, count) { bytes in
    guard let model = try? TFLiteReader.read(bytes) else { return }
    // The writer stores equal parts once, so the reader's budget for repeated parts may not suffice.
    if let again = try? TFLiteReader.read(TFLiteWriter.write(model)) {
      precondition(again == model, "written and read, the model differs")
    }
    let library = KernelLibrary.allCases[bytes.count % KernelLibrary.allCases.count]
    sink(try? ArenaModel(library: library).report(for: model))
    guard let graph = try? GraphDecoding.graph(from: model), isQuick(graph),
      var interpreter = try? Interpreter(graph)
    else { return }
    interpreter.run(
      inputs: graph.inputs.map { id in
        (0..<graph[id].type.bytes).map { Int8(truncatingIfNeeded: $0 * 37) }
      })
    sink(interpreter.output)
  }
}

/// A file of some hundred bytes can ask for hours of arithmetic; that is no fault of the reader.
private func isQuick(_ graph: Graph) -> Bool {
  let limit = 1 << 20
  let sizes = graph.values.map(\.type.shape.count) + graph.variables.map(\.type.shape.count)
  guard sizes.allSatisfy({ $0 <= limit }), sizes.reduce(0, +) <= limit else { return false }
  let work = graph.nodes.map { node in
    let cost = node.op.definition.cost(
      graph.inputTypes(of: node).map(\.shape), graph.outputTypes(of: node).map(\.shape))
    return cost.macs / 4 + cost.requantizations + cost.copiedBytes
  }
  return work.allSatisfy { (0...limit).contains($0) } && work.reduce(0, +) <= limit
}
