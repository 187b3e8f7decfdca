import RouseIR
import RouseNumerics

/// A convolution with one output position: a matrix times a vector, however it is written.
package struct PointConvolution {
  /// How it can be written; every form gives the same bits.
  package enum Form: Hashable, Sendable {
    /// As it is, its filters in this many groups: kernels pay their scratch memory for one call at a time.
    case convolution(groups: Int)
    /// The window as one pixel of many channels, for which kernels need fewer bytes of scratch.
    case flat(groups: Int)
    /// FULLY_CONNECTED: no scratch, and no multiplier for each channel. Its result is `[1, filters]` before a reshape:
    /// esp-tflite-micro has had releases whose kernel takes extent 1 of the result for the number of filters.
    case dense
  }

  private let index: Int
  private let node: Node
  private let op: Conv2D
  private let input: TensorType
  private let result: TensorType
  private let w: TensorType
  private let weights: [Int8]
  private let bias: [Int32]
  private let biasScales: [Float]
  private let weightScales: [Float]

  init?(_ edit: GraphEdit, at index: Int) {
    let graph = edit.graph
    let node = graph.nodes[index]
    guard case .conv2D(let op) = node.op, node.inputs.count == 3,
      case .int8(let weights)? = graph[node.inputs[1]].constant,
      case .int32(let bias)? = graph[node.inputs[2]].constant,
      let weightScales = graph[node.inputs[1]].type.quantization?.scales,
      let biasScales = graph[node.inputs[2]].type.quantization?.scales
    else { return nil }
    let result = graph[node.outputs[0]].type
    guard result.shape.rank == 4, result.shape.dimensions.dropLast() == [1, 1, 1] else {
      return nil
    }
    self.index = index
    self.node = node
    self.op = op
    self.weights = weights
    self.bias = bias
    self.weightScales = weightScales
    self.biasScales = biasScales
    self.result = result
    input = graph[node.inputs[0]].type
    w = graph[node.inputs[1]].type
  }

  private var filters: Int { w.shape[0] }
  private var inner: Int { w.shape[1] * w.shape[2] * w.shape[3] }
  private var isPixel: Bool { input.shape.dimensions.dropLast() == [1, 1, 1] }

  /// True when the one window is the whole input, so that its elements are one vector.
  private var coversInput: Bool {
    w.shape[1] == input.shape[1] && w.shape[2] == input.shape[2]
      && (op.padding == .valid || isPixel)
  }

  /// The forms that give the same bits, as trained first.
  func forms(hasDense: Bool, hasConcatenation: Bool) -> [Form] {
    let groups = hasConcatenation ? [1, 2, 4].filter { filters % $0 == 0 && filters > $0 } : [1]
    var result = groups.map(Form.convolution)
    if coversInput && !isPixel { result += groups.map(Form.flat) }
    if coversInput && hasDense && isExactlyDense { result.append(.dense) }
    return result
  }

  /// One scale for all weights, and a multiplier that TFLite Micro computes alike for both operators.
  private var isExactlyDense: Bool {
    guard let scale = weightScales.first, weightScales.allSatisfy({ $0 == scale }),
      let x = input.quantization?.scale, let y = result.quantization?.scale
    else { return false }
    let product = x * scale
    guard product.isFinite,
      abs(Double(x) * Double(scale) - Double(biasScales[0])) / Double(y) <= 0.02
    else { return false }
    return FixedPointMultiplier(Double(x) * Double(scale) / Double(y))
      == FixedPointMultiplier(Double(product) / Double(y))
  }

  // MARK: - Rewriting

  func apply(_ form: Form, to edit: inout GraphEdit) {
    switch form {
    case .convolution(let groups):
      if groups > 1 { write(groups, isFlat: false, node.inputs[0], at: index, to: &edit) }
    case .flat(let groups):
      let window = node.inputs[0]
      if let ring = Ring(edit, window: window, reader: index) {
        let added = ring.flatten(in: &edit)
        write(groups, isFlat: true, window, at: index + added, to: &edit)
      } else {
        let pixel = Ring.pixel(window, before: index, in: &edit)
        write(groups, isFlat: true, pixel, at: index + 1, to: &edit)
      }
    case .dense: writeDense(to: &edit)
    }
  }

  private func write(
    _ groups: Int, isFlat: Bool, _ source: ValueID, at index: Int, to edit: inout GraphEdit
  ) {
    let name = edit.graph[node.outputs[0]].name
    var shape = w.shape
    if isFlat { shape = [filters, 1, 1, inner] }
    var window = op
    if isFlat { (window.strideH, window.strideW, window.padding) = (1, 1, .valid) }
    let count = filters / groups
    shape[0] = count
    var nodes: [Node] = []
    var parts: [ValueID] = []
    for group in 0..<groups {
      let range = group * count..<(group + 1) * count
      let place = groups == 1 ? name : "\(name)/\(group)"
      let weights = edit.add(
        "\(place)/weights", TensorType(shape, .int8, Self.scales(weightScales, range)),
        constant: .int8(Array(self.weights[range.lowerBound * inner..<range.upperBound * inner])))
      let bias = edit.add(
        "\(place)/bias", TensorType([count], .int32, Self.scales(biasScales, range)),
        constant: .int32(Array(self.bias[range])))
      var type = result
      type.shape[3] = count
      let part = groups == 1 ? node.outputs[0] : edit.add(place, type)
      parts.append(part)
      nodes.append(Node(.conv2D(window), inputs: [source, weights, bias], outputs: [part]))
    }
    if groups > 1 {
      nodes.append(
        Node(.concatenation(Concatenation(axis: 3)), inputs: parts, outputs: node.outputs))
    }
    edit.replace(index, by: nodes)
  }

  /// A dense layer takes the elements of its input in order, whatever their shape.
  private func writeDense(to edit: inout GraphEdit) {
    let name = edit.graph[node.outputs[0]].name
    let weights = edit.add(
      "\(name)/weights",
      TensorType([filters, inner], .int8, Quantization(scale: weightScales[0], zeroPoint: 0)),
      constant: .int8(weights))
    let bias = edit.add(
      "\(name)/bias",
      TensorType([filters], .int32, Quantization(scale: biasScales[0], zeroPoint: 0)),
      constant: .int32(bias))
    var type = result
    type.shape = [1, filters]
    let vector = edit.add("\(name)/dense", type)
    edit.replace(
      index,
      by: [
        Node(
          .fullyConnected(FullyConnected(activation: op.activation)),
          inputs: [node.inputs[0], weights, bias], outputs: [vector]),
        Node(
          .reshape(Reshape(shape: result.shape.dimensions)), inputs: [vector],
          outputs: node.outputs),
      ])
  }

  /// The scales of some channels; one scale stays one.
  private static func scales(_ scales: [Float], _ range: Range<Int>) -> Quantization {
    scales.count == 1
      ? Quantization(scale: scales[0], zeroPoint: 0)
      : Quantization(perChannel: Array(scales[range]), axis: 0)
  }
}
