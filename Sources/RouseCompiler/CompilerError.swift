/// What stops a compilation. The wording lives in the command line's diagnostic printer.
public enum CompilerError: Error, Hashable, Sendable {
  // MARK: Targets

  /// No built-in target is called `name`. List `available`, suggest `nearest` when there is one, and mention that
  /// `--target` also takes the path of a YAML file.
  case unknownTarget(name: String, nearest: String?, available: [String])

  // MARK: Memory

  /// The memory of a model file cannot be planned: an index points nowhere, a shape is absurd, or TFLite Micro would
  /// refuse it. Name the operator (`CONV_2D`, its index) and the tensor when there are any.
  case unplannable(
    subgraph: Int, operator: Int?, tensor: Int?, expected: String, found: String)
}
