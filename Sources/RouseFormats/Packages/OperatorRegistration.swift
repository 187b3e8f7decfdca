import RouseIR

extension TFLiteBuiltin {
  /// The method of TFLite Micro's `MicroMutableOpResolver` that registers the operator.
  ///
  /// - Source: tensorflow/tflite-micro 90b983c `micro_mutable_op_resolver.h`.
  package var registration: String {
    switch self {
    case .add: "AddAdd"
    case .averagePool2D: "AddAveragePool2D"
    case .concatenation: "AddConcatenation"
    case .conv2D: "AddConv2D"
    case .depthwiseConv2D: "AddDepthwiseConv2D"
    case .fullyConnected: "AddFullyConnected"
    case .logistic: "AddLogistic"
    case .maxPool2D: "AddMaxPool2D"
    case .mul: "AddMul"
    case .reshape: "AddReshape"
    case .softmax: "AddSoftmax"
    case .pad: "AddPad"
    case .mean: "AddMean"
    case .stridedSlice: "AddStridedSlice"
    case .pack: "AddPack"
    case .splitV: "AddSplitV"
    case .quantize: "AddQuantize"
    case .callOnce: "AddCallOnce"
    case .varHandle: "AddVarHandle"
    case .readVariable: "AddReadVariable"
    case .assignVariable: "AddAssignVariable"
    }
  }
}
