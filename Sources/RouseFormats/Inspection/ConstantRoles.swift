/// Says of each constant whether it is a weight, a bias or something else, by who reads it.
///
/// A constant that an operator only unpacks (DEQUANTIZE of float16 weights, DequantizeLinear) is what its result is.
/// What no rule names is a weight when it holds reals or 8-bit numbers, and some other constant when it holds indices.
enum ConstantRoles {
  static func assign(_ graphs: inout [InspectedGraph]) {
    for index in graphs.indices { assign(&graphs[index]) }
  }

  private static func assign(_ graph: inout InspectedGraph) {
    // For results of unpacking, the constant that was unpacked.
    var origins: [Int: Int] = [:]
    var roles: [Int: InspectedTensor.Role] = [:]
    for node in graph.operators {
      let operands = OperatorFamily.operands(node.name)
      let scaling = OperatorFamily.quantizationOperands(node.name)
      for (slot, operand) in node.inputs.enumerated() where operand >= 0 {
        let constant = origins[operand] ?? operand
        guard graph.tensors[constant].isConstant else { continue }
        if slot == 0, OperatorFamily.wrappers.contains(node.name), let result = node.outputs.first {
          origins[result] = constant
        } else if slot == operands?.bias {
          roles[constant] = .bias
        } else if slot == operands?.weights, roles[constant] != .bias {
          roles[constant] = .weight
        } else if roles[constant] == nil {
          let isIndex = holdsIndices(graph.tensors[constant])
          let isOther = isIndex || scaling.contains(slot) || node.name == "ASSIGN_VARIABLE"
          roles[constant] = isOther ? .constant : .weight
        }
      }
    }
    for (index, role) in roles { graph.tensors[index].role = role }
  }

  private static func holdsIndices(_ tensor: InspectedTensor) -> Bool {
    ["int32", "int64", "uint32", "uint64", "bool", "string"].contains(tensor.element)
  }
}
