import RouseIR
import RouseNumerics

/// Joins each input `[1, 1, 1, channels]` to the last `rows − 1`; the result has `rows` rows.
func slidingWindow(
  rows: Int, channels: Int, type: (Shape) -> TensorType
) throws(GraphError) -> Graph {
  var b = GraphBuilder(name: "window")
  let x = b.input("x", type([1, 1, 1, channels]))
  let history: Shape = [1, rows - 1, 1, channels]
  let state = b.variable("state", type(history))
  let past = try b.node(
    "past", .readVariable(ReadVariable(variable: state)), [], types: [type(history)])
  let all = try b.node(
    "all", .concatenation(Concatenation(axis: 1)), past + [x],
    types: [type([1, rows, 1, channels])])
  let tail = try b.node(
    "tail",
    .stridedSlice(
      StridedSlice(
        begin: [0, 1, 0, 0], end: [0, 0, 0, 0], strides: [1, 1, 1, 1], beginMask: 13, endMask: 15)),
    all, types: [type(history)])
  try b.node("assign", .assignVariable(AssignVariable(variable: state)), tail)
  b.output(all[0])
  return b.graph
}

func int8Type(_ shape: Shape, scale: Float = 0.05, zeroPoint: Int32 = -128) -> TensorType {
  TensorType(shape, .int8, Quantization(scale: scale, zeroPoint: zeroPoint))
}

/// Splits, slices, joins and squashes: a graph of many values whose lifetimes cross.
func braid() throws(GraphError) -> Graph {
  let q = { int8Type($0, scale: 0.1, zeroPoint: 3) }
  var b = GraphBuilder(name: "braid")
  let x = b.input("x", q([1, 6, 1, 8]))
  let parts = try b.node(
    "parts", .splitV(SplitV(sizes: [2, 3, 3], axis: 3)), [x],
    types: [q([1, 6, 1, 2]), q([1, 6, 1, 3]), q([1, 6, 1, 3])])
  let odd = try b.node(
    "odd",
    .stridedSlice(
      StridedSlice(
        begin: [0, 1, 0, 0], end: [1, 6, 1, 8], strides: [1, 2, 1, 1], beginMask: 1, endMask: 1)),
    [x], types: [q([1, 3, 1, 8])])
  let back = try b.node(
    "back", .concatenation(Concatenation(axis: 3)), [parts[2], parts[0], parts[1]],
    types: [q([1, 6, 1, 8])])
  let long = try b.node(
    "long", .concatenation(Concatenation(axis: 1)), [odd[0], back[0], x],
    types: [q([1, 15, 1, 8])])
  let flat = try b.node(
    "flat", .reshape(Reshape(shape: [1, 120])), long, types: [q([1, 120])])
  let squashed = try b.node(
    "squashed", .logistic(Logistic()), flat,
    types: [TensorType([1, 120], .int8, Logistic.resultQuantization)])
  let bytes = try b.node(
    "bytes", .quantize(Quantize()), squashed,
    types: [TensorType([1, 120], .uint8, Quantize.resultQuantization)])
  b.output(bytes[0])
  b.output(back[0])
  return b.graph
}
