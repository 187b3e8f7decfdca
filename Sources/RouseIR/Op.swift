/// The closed table of operators. Adding one: a file in `Operators/`, a case here and in the two lists below,
/// a row in the operator example table of the tests.
public enum Op: Hashable, Sendable {
  case conv2D(Conv2D)
  case depthwiseConv2D(DepthwiseConv2D)
  case fullyConnected(FullyConnected)
  case batchNorm(BatchNorm)
  case fakeQuantize(FakeQuantize)
  case fakeRequantize(FakeRequantize)
  case logistic(Logistic)
  case concatenation(Concatenation)
  case stridedSlice(StridedSlice)
  case splitV(SplitV)
  case reshape(Reshape)
  case quantize(Quantize)
  case add(Add)
  case mul(Mul)
  case averagePool2D(AveragePool2D)
  case maxPool2D(MaxPool2D)
  case mean(Mean)
  case pad(Pad)
  case pack(Pack)
  case softmax(Softmax)
  case readVariable(ReadVariable)
  case assignVariable(AssignVariable)

  public var definition: any Operator {
    switch self {
    case .conv2D(let op): op
    case .depthwiseConv2D(let op): op
    case .fullyConnected(let op): op
    case .batchNorm(let op): op
    case .fakeQuantize(let op): op
    case .fakeRequantize(let op): op
    case .logistic(let op): op
    case .concatenation(let op): op
    case .stridedSlice(let op): op
    case .splitV(let op): op
    case .reshape(let op): op
    case .quantize(let op): op
    case .add(let op): op
    case .mul(let op): op
    case .averagePool2D(let op): op
    case .maxPool2D(let op): op
    case .mean(let op): op
    case .pad(let op): op
    case .pack(let op): op
    case .softmax(let op): op
    case .readVariable(let op): op
    case .assignVariable(let op): op
    }
  }

  public var name: String { type(of: definition).name }
  public var trainable: (any TrainableOperator)? { definition as? any TrainableOperator }
  public var deployable: (any DeployableOperator)? { definition as? any DeployableOperator }

  /// Reads an operator from its text name and attributes.
  public init(name: String, attributes: AttributeReader) throws(GraphError) {
    switch name {
    case Conv2D.name: self = .conv2D(try Conv2D(attributes: attributes))
    case DepthwiseConv2D.name: self = .depthwiseConv2D(try DepthwiseConv2D(attributes: attributes))
    case FullyConnected.name: self = .fullyConnected(try FullyConnected(attributes: attributes))
    case BatchNorm.name: self = .batchNorm(try BatchNorm(attributes: attributes))
    case FakeQuantize.name: self = .fakeQuantize(try FakeQuantize(attributes: attributes))
    case FakeRequantize.name: self = .fakeRequantize(try FakeRequantize(attributes: attributes))
    case Logistic.name: self = .logistic(try Logistic(attributes: attributes))
    case Concatenation.name: self = .concatenation(try Concatenation(attributes: attributes))
    case StridedSlice.name: self = .stridedSlice(try StridedSlice(attributes: attributes))
    case SplitV.name: self = .splitV(try SplitV(attributes: attributes))
    case Reshape.name: self = .reshape(try Reshape(attributes: attributes))
    case Quantize.name: self = .quantize(try Quantize(attributes: attributes))
    case Add.name: self = .add(try Add(attributes: attributes))
    case Mul.name: self = .mul(try Mul(attributes: attributes))
    case AveragePool2D.name: self = .averagePool2D(try AveragePool2D(attributes: attributes))
    case MaxPool2D.name: self = .maxPool2D(try MaxPool2D(attributes: attributes))
    case Mean.name: self = .mean(try Mean(attributes: attributes))
    case Pad.name: self = .pad(try Pad(attributes: attributes))
    case Pack.name: self = .pack(try Pack(attributes: attributes))
    case Softmax.name: self = .softmax(try Softmax(attributes: attributes))
    case ReadVariable.name: self = .readVariable(try ReadVariable(attributes: attributes))
    case AssignVariable.name: self = .assignVariable(try AssignVariable(attributes: attributes))
    default: throw .text(line: attributes.line, expected: "the name of an operator", found: name)
    }
  }

  /// Decodes a TFLite operator; nil when Rouse has no operator for it.
  public init?(_ builtin: TFLiteBuiltin, _ source: TFLiteSource) throws(GraphError) {
    switch builtin {
    case .conv2D: self = .conv2D(try Conv2D(tflite: source))
    case .depthwiseConv2D: self = .depthwiseConv2D(try DepthwiseConv2D(tflite: source))
    case .fullyConnected: self = .fullyConnected(try FullyConnected(tflite: source))
    case .logistic: self = .logistic(try Logistic(tflite: source))
    case .concatenation: self = .concatenation(try Concatenation(tflite: source))
    case .stridedSlice: self = .stridedSlice(try StridedSlice(tflite: source))
    case .splitV: self = .splitV(try SplitV(tflite: source))
    case .reshape: self = .reshape(try Reshape(tflite: source))
    case .quantize: self = .quantize(try Quantize(tflite: source))
    case .add: self = .add(try Add(tflite: source))
    case .mul: self = .mul(try Mul(tflite: source))
    case .averagePool2D: self = .averagePool2D(try AveragePool2D(tflite: source))
    case .maxPool2D: self = .maxPool2D(try MaxPool2D(tflite: source))
    case .mean: self = .mean(try Mean(tflite: source))
    case .pad: self = .pad(try Pad(tflite: source))
    case .pack: self = .pack(try Pack(tflite: source))
    case .softmax: self = .softmax(try Softmax(tflite: source))
    case .readVariable: self = .readVariable(try ReadVariable(tflite: source))
    case .assignVariable: self = .assignVariable(try AssignVariable(tflite: source))
    case .callOnce, .varHandle: return nil
    }
  }
}
