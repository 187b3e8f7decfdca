"""Writes foreign.onnx: what Rouse's own ONNX files never have."""
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h

inner = h.make_graph(
    [h.make_node("Neg", ["r"], ["n"], name="<neg & \"quote\">")], "then", [],
    [h.make_tensor_value_info("n", T.FLOAT, ["batch", 4])])
other = h.make_graph(
    [h.make_node("Identity", ["r"], ["i"])], "else", [],
    [h.make_tensor_value_info("i", T.FLOAT, ["batch", 4])])
graph = h.make_graph(
    [
        h.make_node("Constant", [], ["half"], value=h.make_tensor("", T.FLOAT, [], [0.5])),
        h.make_node("MatMul", ["x", "w"], ["m"]),
        h.make_node("Add", ["m", "b"], ["a"]),
        h.make_node("FusedThing", ["a", "", "half"], ["r"], domain="com.example", alpha=0.25, axes=[0, 1]),
        h.make_node("Greater", ["half", "half"], ["c"]),
        h.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=other),
    ],
    "foreign", [h.make_tensor_value_info("x", T.FLOAT, ["batch", 3])],
    [h.make_tensor_value_info("y", T.FLOAT, ["batch", 4])],
    [
        h.make_tensor("w", T.FLOAT, [3, 4], np.arange(12, dtype=np.float32)),
        onnx.numpy_helper.from_array(np.ones(4, np.float32), "b"),
        h.make_tensor("half_floats", T.FLOAT16, [2], [1.0, 2.0]),
    ], doc_string="a graph of others")
model = h.make_model(
    graph, producer_name="helper", doc_string="made by hand", ir_version=7,
    opset_imports=[h.make_opsetid("", 13), h.make_opsetid("com.example", 1)])
open("foreign.onnx", "wb").write(model.SerializeToString())
