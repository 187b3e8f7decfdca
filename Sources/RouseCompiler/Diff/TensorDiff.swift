import RouseFormats
import RouseNumerics

/// Scales of activations and elements of constants, at the operators that both models have.
struct TensorDiff {
  private(set) var quantization: [DiffReport.Quantization] = []
  private(set) var constants: [DiffReport.Constant] = []

  private let a: DiffModel
  private let b: DiffModel
  /// Tensors of the first model that were compared, by subgraph and index.
  private var seen: Set<[Int]> = []

  init(_ a: DiffModel, _ b: DiffModel, _ operators: OperatorDiff) {
    self.a = a
    self.b = b
    if let first = a.model.subgraphs.first, let second = b.model.subgraphs.first {
      for (x, y) in zip(first.inputs, second.inputs) {
        compareActivation(0, Int(x), Int(y), operation: "input")
      }
    }
    for (place, other) in operators.matches {
      guard let node = Self.node(place, a), let partner = Self.node(other, b) else { continue }
      let name = a.inspection.graphs[place.subgraph].operators[place.index].name
      for (x, y) in zip(node.inputs, partner.inputs) where x >= 0 && y >= 0 {
        compareConstant(place.subgraph, Int(x), Int(y), operation: "\(name) \(place.index)")
      }
      for (x, y) in zip(node.outputs, partner.outputs) where x >= 0 && y >= 0 {
        compareActivation(place.subgraph, Int(x), Int(y), operation: "\(name) \(place.index)")
      }
    }
  }

  /// nil when the two readers of a damaged file do not find the same operators.
  private static func node(
    _ place: OperatorDiff.Place, _ side: DiffModel
  ) -> TFLiteModel.Operator? {
    guard side.model.subgraphs.indices.contains(place.subgraph),
      side.model.subgraphs[place.subgraph].operators.indices.contains(place.index)
    else { return nil }
    return side.model.subgraphs[place.subgraph].operators[place.index]
  }

  /// Tensors of the same subgraph; nil when an index points nowhere or the tensor was compared before.
  private mutating func pair(
    _ subgraph: Int, _ x: Int, _ y: Int
  ) -> (a: TFLiteModel.Tensor, b: TFLiteModel.Tensor)? {
    let (first, second) = (a.model.subgraphs[subgraph].tensors, b.model.subgraphs[subgraph].tensors)
    guard first.indices.contains(x), second.indices.contains(y),
      seen.insert([subgraph, x]).inserted
    else { return nil }
    return (first[x], second[y])
  }

  /// What people call the tensor: its name in the first model or else in the second, or its place.
  private func name(_ x: TFLiteModel.Tensor, _ y: TFLiteModel.Tensor, _ index: Int) -> String {
    x.name.isEmpty ? y.name.isEmpty ? "tensor \(index)" : y.name : x.name
  }

  // MARK: - Activations

  private mutating func compareActivation(_ subgraph: Int, _ x: Int, _ y: Int, operation: String) {
    guard let (first, second) = pair(subgraph, x, y) else { return }
    let (p, q) = (first.quantization, second.quantization)
    guard p?.scales != q?.scales || p?.zeroPoints != q?.zeroPoints else { return }
    quantization.append(
      .init(
        tensor: name(first, second, x), operation: operation,
        scale: .init(p?.scales.first ?? 0, q?.scales.first ?? 0),
        zeroPoint: .init(
          Int(p?.zeroPoints.first ?? 0), Int(q?.zeroPoints.first ?? 0))))
  }

  // MARK: - Constants

  private mutating func compareConstant(_ subgraph: Int, _ x: Int, _ y: Int, operation: String) {
    guard let role = role(subgraph, x), let (first, second) = pair(subgraph, x, y),
      let (left, right) = data(first, second)
    else { return }
    let (p, q) = (first.quantization?.scales ?? [], second.quantization?.scales ?? [])
    let scales = scaleDifferences(p, q)
    guard left != right || scales > 0 else { return }
    let (u, v) = (Elements(left, first.element).values, Elements(right, second.element).values)
    var (differing, largest) = ((u.count - v.count).magnitude, 0.0)
    for (x, y) in zip(u, v) where x != y && !(x.isNaN && y.isNaN) {
      differing += 1
      largest = max(largest, (x - y).magnitude)
    }
    constants.append(
      .init(
        tensor: name(first, second, x), operation: operation, role: role,
        elements: max(u.count, v.count), differing: Int(differing), largestDifference: largest,
        differingScales: scales))
  }

  private func role(_ subgraph: Int, _ index: Int) -> String? {
    let tensors = a.inspection.graphs[subgraph].tensors
    guard tensors.indices.contains(index) else { return nil }
    switch tensors[index].role {
    case .weight, .bias, .constant: return tensors[index].role.rawValue
    case .activation, .variable: return nil
    }
  }

  private func data(
    _ x: TFLiteModel.Tensor, _ y: TFLiteModel.Tensor
  ) -> (a: [UInt8], b: [UInt8])? {
    guard a.model.buffers.indices.contains(x.buffer), b.model.buffers.indices.contains(y.buffer)
    else { return nil }
    return (a.model.buffers[x.buffer], b.model.buffers[y.buffer])
  }

  /// One scale stands for all channels of the other model.
  private func scaleDifferences(_ p: [Float], _ q: [Float]) -> Int {
    guard !p.isEmpty, !q.isEmpty else { return max(p.count, q.count) }
    return (0..<max(p.count, q.count)).count {
      p[p.count == 1 ? 0 : min($0, p.count - 1)] != q[q.count == 1 ? 0 : min($0, q.count - 1)]
    }
  }
}

/// Little-endian bytes as numbers.
private struct Elements {
  let values: [Double]

  init(_ bytes: [UInt8], _ element: TFLiteModel.Element) {
    func words(_ size: Int) -> [UInt64] {
      stride(from: 0, through: bytes.count - size, by: size).map { start in
        (0..<size).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
      }
    }
    switch element {
    case .int8: values = bytes.map { Double(Int8(bitPattern: $0)) }
    case .int16: values = words(2).map { Double(Int16(truncatingIfNeeded: $0)) }
    case .int32: values = words(4).map { Double(Int32(truncatingIfNeeded: $0)) }
    case .int64: values = words(8).map { Double(Int64(truncatingIfNeeded: $0)) }
    case .float32:
      values = words(4).map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
    case .uint8, .bool, .string, .float16, .resource: values = bytes.map(Double.init)
    }
  }
}
