import RouseNumerics

/// What is wrong with a graph. The wording lives in the command line's diagnostic printer.
public enum GraphError: Error, Hashable, Sendable {
  case wrongInputCount(op: String, expected: Int, found: Int)
  case wrongRank(op: String, input: String, expected: Int, found: Shape)
  case mismatch(op: String, what: String, expected: String, found: String)
  /// A type that an operator's int8 meaning does not accept, by TFLite Micro's own rule.
  case unsupportedType(op: String, input: String, expected: String, found: String)
  /// An operator that the named phase does not allow; `removedBy` is the pass that should have removed it.
  case operatorNotAllowed(op: String, node: String, phase: String, removedBy: String?)
  case useBeforeDefinition(value: String, node: String)
  case definedTwice(value: String)
  case duplicateName(String)
  case unknownVariable(node: String, index: Int)
  case variableNeverAssigned(String)
  case inferredShapeDiffers(value: String, expected: Shape, found: Shape)
  /// The operator cannot run one step at a time.
  case cannotStream(node: String, reason: String)
  case missingOutput
  /// A value needs a range but calibration never saw it.
  case notCalibrated(value: String)
  /// Two values must share one quantization, but both have a fixed one.
  case conflictingQuantization(String, String)
  /// What an operator refuses about one of its nodes, which is called by its first result.
  indirect case atNode(String, GraphError)
  /// What Rouse refuses although TFLite Micro runs it: the model works on a device, and Rouse cannot say what it computes.
  indirect case notModelled(GraphError)
  case text(line: Int, expected: String, found: String)
}
