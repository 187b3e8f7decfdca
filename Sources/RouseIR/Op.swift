/// The closed table of operators. Adding one: a file in `Operators/`, a case here and in the two lists below,
/// a row in the operator example table of the tests.
public enum Op: Hashable, Sendable {
  case conv2D(Conv2D)
  case depthwiseConv2D(DepthwiseConv2D)
  case fullyConnected(FullyConnected)
  case batchNorm(BatchNorm)
  case logistic(Logistic)
  case concatenation(Concatenation)
  case stridedSlice(StridedSlice)
  case splitV(SplitV)
  case reshape(Reshape)
  case quantize(Quantize)
  case readVariable(ReadVariable)
  case assignVariable(AssignVariable)

  public var definition: any Operator {
    switch self {
    case .conv2D(let op): op
    case .depthwiseConv2D(let op): op
    case .fullyConnected(let op): op
    case .batchNorm(let op): op
    case .logistic(let op): op
    case .concatenation(let op): op
    case .stridedSlice(let op): op
    case .splitV(let op): op
    case .reshape(let op): op
    case .quantize(let op): op
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
    case Logistic.name: self = .logistic(try Logistic(attributes: attributes))
    case Concatenation.name: self = .concatenation(try Concatenation(attributes: attributes))
    case StridedSlice.name: self = .stridedSlice(try StridedSlice(attributes: attributes))
    case SplitV.name: self = .splitV(try SplitV(attributes: attributes))
    case Reshape.name: self = .reshape(try Reshape(attributes: attributes))
    case Quantize.name: self = .quantize(try Quantize(attributes: attributes))
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
    case .readVariable: self = .readVariable(try ReadVariable(tflite: source))
    case .assignVariable: self = .assignVariable(try AssignVariable(tflite: source))
    case .add, .averagePool2D, .maxPool2D, .mul, .softmax, .pad, .mean, .pack, .callOnce,
      .varHandle:
      return nil
    }
  }
}
