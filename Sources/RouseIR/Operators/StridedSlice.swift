/// `y[i…] = x[begin + i·stride…]`, with TFLite's masks: bit `a` of `beginMask` or `endMask` means the whole range of
/// axis `a`, of `shrinkAxisMask` that axis `a` is dropped.
public struct StridedSlice: TrainableOperator, DeployableOperator {
  public static let name = "strided_slice"
  public var begin: [Int]
  public var end: [Int]
  public var strides: [Int]
  public var beginMask: Int
  public var endMask: Int
  public var shrinkAxisMask: Int

  public init(begin: [Int], end: [Int], strides: [Int], beginMask: Int = 0, endMask: Int = 0, shrinkAxisMask: Int = 0) {
    self.begin = begin
    self.end = end
    self.strides = strides
    self.beginMask = beginMask
    self.endMask = endMask
    self.shrinkAxisMask = shrinkAxisMask
  }
}
