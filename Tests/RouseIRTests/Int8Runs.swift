import RouseIR
import RouseNumerics

/// Runs one operator on int8 inputs (bit patterns): inputs first in the arena, results after them.
func runInt8(
  _ op: any DeployableOperator, inputs: [([Int8], TensorType)], results: [TensorType],
  variables: [TensorType] = [], state: [Int8] = []
) throws -> (results: [[Int8]], state: [Int8]) {
  var arena: [Int8] = []
  var places: [Int8Location] = []
  for (bytes, type) in inputs {
    precondition(bytes.count == type.bytes)
    places.append(.arena(offset: arena.count))
    arena += bytes
  }
  var offsets: [Int] = []
  for type in results {
    offsets.append(arena.count)
    arena += [Int8](repeating: 99, count: type.bytes)
  }
  var stateOffset = 0
  var stateVariables: [(offset: Int, type: TensorType)] = []
  for type in variables {
    stateVariables.append((stateOffset, type))
    stateOffset += type.bytes
  }
  let kernel = try op.int8Kernel(
    Int8Node(
      name: "node", inputTypes: inputs.map(\.1), inputs: places, outputTypes: results,
      outputs: offsets, variables: stateVariables))
  var memory = Int8Memory(arenaBytes: arena.count, stateBytes: stateOffset)
  memory.arena = arena
  memory.state = state
  kernel.run(&memory)
  return (
    zip(offsets, results).map { Array(memory.arena[$0..<$0 + $1.bytes]) }, memory.state
  )
}
