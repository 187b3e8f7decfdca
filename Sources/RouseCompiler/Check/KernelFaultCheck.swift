import RouseFormats
import RouseIR

/// Shapes that the kernels of this firmware are known to compute wrongly.
enum KernelFaultCheck {
  /// esp-nn holds extents in 16 bits; larger ones are the arena's business.
  private static let extents: ClosedRange<Int32> = 1...65_535

  static func findings(_ model: ModelUnderCheck) -> [Finding] {
    KernelFault.allCases.filter { isPresent($0, in: model.firmware) }.flatMap { fault in
      model.operators.compactMap { node -> Finding? in
        guard let detail = detail(of: fault, at: node, model) else { return nil }
        return finding(fault, detail, at: model.place(node))
      }
    }
  }

  private static func isPresent(
    _ fault: KernelFault, in firmware: TargetProfile.Firmware
  ) -> Bool {
    firmware.faults.contains(fault) || fault.libraries.contains(firmware.library.rawValue)
  }

  /// What meets the fault, or nil when the operator does not.
  private static func detail(
    of fault: KernelFault, at node: ModelUnderCheck.Operator, _ model: ModelUnderCheck
  ) -> String? {
    switch fault {
    case .fullyConnectedPerChannel: perChannel(node)
    case .fullyConnectedResultRank: resultRank(node)
    case .convolutionWithoutBias: withoutBias(node)
    case .convolutionAsymmetricPadding: asymmetricConvolution(node, model.firmware.library)
    case .depthwiseAsymmetricPadding: asymmetricDepthwise(node)
    case .fullyConnectedUnalignedRows: unalignedRows(node)
    }
  }

  // MARK: - Patterns

  /// Equal scales give the right result: the first one is right for all.
  private static func perChannel(_ node: ModelUnderCheck.Operator) -> String? {
    guard node.code.builtin == .fullyConnected, node.inputs.count > 1,
      let scales = node.inputs[1]?.quantization?.scales, Set(scales).count > 1
    else { return nil }
    return
      "the weights have \(scales.count) scales, one for each output; the kernel takes the first for all of them"
  }

  private static func resultRank(_ node: ModelUnderCheck.Operator) -> String? {
    guard node.code.builtin == .fullyConnected, let result = node.outputs.first,
      result.shape.count != 2
    else { return nil }
    return
      "the result has shape \(result.shape); the kernel computes \(result.shape.prefix(2).map(String.init).joined(separator: " x ")) "
      + "of its elements"
  }

  private static func withoutBias(_ node: ModelUnderCheck.Operator) -> String? {
    guard [.conv2D, .depthwiseConv2D].contains(node.code.builtin),
      node.inputs.count < 3 || node.inputs[2] == nil
    else { return nil }
    return "there is no bias; the kernel reads one and aborts"
  }

  private static func asymmetricConvolution(
    _ node: ModelUnderCheck.Operator, _ library: KernelLibrary
  ) -> String? {
    guard
      case .conv2D(let padding, let strideH, let strideW, let dilationH, let dilationW, _) =
        node.options, padding == .same,
      let (vertical, horizontal) = pads(
        node, stride: (strideH, strideW), dilation: (dilationH, dilationW)),
      library == .espNN112 || vertical.before > 0 || horizontal.before > 0,
      vertical.after > vertical.before || horizontal.after > horizontal.before
    else { return nil }
    return "SAME padding is \(vertical.before) above, \(vertical.after) below, "
      + "\(horizontal.before) left, \(horizontal.after) right; the kernel pads both sides alike, "
      + "so the last row or column is wrong"
  }

  private static func asymmetricDepthwise(_ node: ModelUnderCheck.Operator) -> String? {
    guard
      case .depthwiseConv2D(
        let padding, let strideH, let strideW, let dilationH, let dilationW, let multiplier, _) =
        node.options, padding == .same, multiplier == 1,
      let (vertical, horizontal) = pads(
        node, stride: (strideH, strideW), dilation: (dilationH, dilationW)),
      let filter = node.inputs[1]?.shape, filter[1] == 3, filter[2] == 3,
      filter[3].isMultiple(of: 16), vertical.before != horizontal.before || vertical.before > 1
    else { return nil }
    return
      "padding is \(vertical.before) above and \(horizontal.before) left; the kernel needs more scratch "
      + "than it asks for and writes behind it"
  }

  private static func unalignedRows(_ node: ModelUnderCheck.Operator) -> String? {
    guard node.code.builtin == .fullyConnected, node.inputs.count > 1,
      let input = node.inputs[0]?.shape, let weights = node.inputs[1]?.shape, weights.count == 2,
      extents.contains(weights[1]), !weights[1].isMultiple(of: 16),
      (input + weights).allSatisfy(extents.contains), input.count <= 4
    else { return nil }
    // 65535^4 is below 2^64.
    let rows = input.reduce(1) { $0 * UInt64($1) } / UInt64(weights[1])
    guard rows > 1 else { return nil }
    return
      "\(rows) rows of \(weights[1]): from the second on the input is not aligned to 16 bytes, which the kernel "
      + "assumes"
  }

  // MARK: - Padding

  private typealias Pad = (before: Int, after: Int)

  /// nil unless shapes and options are those of a convolution.
  private static func pads(
    _ node: ModelUnderCheck.Operator, stride: (Int32, Int32), dilation: (Int32, Int32)
  ) -> (vertical: Pad, horizontal: Pad)? {
    guard node.inputs.count > 1, let input = node.inputs[0]?.shape,
      let filter = node.inputs[1]?.shape, let output = node.outputs.first?.shape,
      input.count == 4, filter.count == 4, output.count == 4,
      (input + filter + output).allSatisfy(extents.contains),
      [stride.0, stride.1, dilation.0, dilation.1].allSatisfy(extents.contains)
    else { return nil }
    func pad(_ axis: Int, _ stride: Int32, _ dilation: Int32) -> Pad {
      let reach = Int(filter[axis] - 1) * Int(dilation) + 1
      let total = max(0, Int(output[axis] - 1) * Int(stride) + reach - Int(input[axis]))
      return (total / 2, total - total / 2)
    }
    return (pad(1, stride.0, dilation.0), pad(2, stride.1, dilation.1))
  }

  // MARK: - Wording

  private static func finding(_ fault: KernelFault, _ detail: String, at place: String) -> Finding {
    let reported = fault.isEstablished ? "" : " (reported: \(fault.source))"
    return Finding(
      fault.isEstablished ? .error : .warning, code(of: fault), at: place, detail + reported,
      help: help(for: fault))
  }

  private static func code(of fault: KernelFault) -> FindingCode {
    switch fault {
    case .fullyConnectedPerChannel: .fullyConnectedPerChannel
    case .fullyConnectedResultRank: .fullyConnectedResultRank
    case .convolutionWithoutBias: .convolutionWithoutBias
    case .convolutionAsymmetricPadding: .convolutionAsymmetricPadding
    case .depthwiseAsymmetricPadding: .depthwiseAsymmetricPadding
    case .fullyConnectedUnalignedRows: .fullyConnectedUnalignedRows
    }
  }

  private static func help(for fault: KernelFault) -> String {
    switch fault {
    case .fullyConnectedPerChannel:
      "quantize dense layers with one scale: `converter._experimental_disable_per_channel_quantization_for_dense_layers "
        + "= True`"
    case .fullyConnectedResultRank:
      "flatten before the dense layer (keep_num_dims=false) and reshape its result"
    case .convolutionWithoutBias: "give the layer a bias, of zeros if need be"
    case .convolutionAsymmetricPadding, .depthwiseAsymmetricPadding:
      "use VALID padding, as streaming layers do, or a stride that pads both sides alike; compare with a build that has "
        + "CONFIG_NN_ANSI_C=y"
    case .fullyConnectedUnalignedRows:
      "let the dense layer see one row, or make its input a multiple of 16 wide"
    }
  }
}
