/// Takes a result, so that the optimizer does not remove what made it.
@inline(never) @_optimize(none) func sink<Result>(_ result: Result) {}

/// Calls `body` with the bytes that libFuzzer hands over.
func withInput(_ data: UnsafePointer<UInt8>?, _ count: Int, _ body: ([UInt8]) -> Void) -> CInt {
  body(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}
