import RouseNumerics

/// Appends values and nodes to a graph; result shapes come from the operators themselves.
public struct GraphBuilder {
  public internal(set) var graph: Graph

  public init(name: String) { graph = Graph(name: name) }

  public mutating func input(_ name: String, _ type: TensorType) -> ValueID {
    let id = add(Value(name: name, type: type))
    graph.inputs.append(id)
    return id
  }

  public mutating func constant(
    _ name: String, _ data: TensorData, shape: Shape, quantization: Quantization? = nil,
    isParameter: Bool = false
  ) -> ValueID {
    precondition(data.count == shape.count, "constant \(name) does not fill its shape")
    return add(
      Value(
        name: name, type: TensorType(shape, data.element, quantization), constant: data,
        isParameter: isParameter))
  }

  public mutating func variable(
    _ name: String, _ type: TensorType, initial: TensorData? = nil
  ) -> VariableID {
    graph.variables.append(Variable(name: name, type: type, initial: initial))
    return VariableID(graph.variables.count - 1)
  }

  /// Appends a node. Results are called `name`, or `name:0`, `name:1`, … when there are several.
  ///
  /// `types` overrides what the operator infers (needed for quantized results); shapes must agree.
  @discardableResult
  public mutating func node(
    _ name: String, _ op: Op, _ inputs: [ValueID], types: [TensorType]? = nil
  ) throws(GraphError) -> [ValueID] {
    let shapes = try op.definition.outputShapes(
      inputs.map { graph[$0].type.shape }, graph.variables)
    let results = shapes.enumerated().map { index, shape in
      let type = types?[index] ?? TensorType(shape)
      precondition(type.shape == shape, "\(name): result is \(shape), not \(type.shape)")
      return add(Value(name: shapes.count == 1 ? name : "\(name):\(index)", type: type))
    }
    graph.nodes.append(Node(op, inputs: inputs, outputs: results))
    return results
  }

  public mutating func rename(_ id: ValueID, to name: String) { graph[id].name = name }

  public mutating func output(_ id: ValueID) { graph.outputs.append(id) }

  public mutating func add(_ value: Value) -> ValueID {
    graph.values.append(value)
    return ValueID(graph.values.count - 1)
  }
}
