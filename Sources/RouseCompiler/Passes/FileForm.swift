import RouseFormats

extension TFLiteForm {
  /// What the optional passes leave of a model in its `.tflite` file.
  init(passes: Set<OptionalPass>) {
    self = passes.contains(.lean) ? .lean : .full
    state = passes.contains(.tensorState) ? .tensors : .resources
    initialState = passes.contains(.computeInitial) ? .computed : .stored
    if passes.contains(.dropInitial) { initialState = .omitted }
    if passes.contains(.singleZeroPoint) { zeroPoints = .one }
  }
}
