"""Small networks that people build, as exporters write them, and what ONNX Runtime computes with them.

    python make_import_fixtures.py FOLDER

writes FOLDER/NAME.onnx, FOLDER/rows.npy, int8 device codes [3, 64, 40], and FOLDER/expected.txt: for each network its
name, the rows of its window, whether a stream equals it anywhere or only from the window's start, and one probability
for each of the three windows that begin at the first row. FOLDER/refused/NAME.onnx have operators that cannot stream.

Not part of `./test`: needs torch, onnx, onnxscript and onnxruntime, see Tests/RouseFormatsTests/Fixtures/README.md.
"""

import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
ROWS = 48
FOLDER = pathlib.Path(sys.argv[1])
LAYOUTS = {
    "tf": lambda x: x, "ft": lambda x: x.transpose(1, 2), "1tf": lambda x: x[:, None],
    "1ft": lambda x: x.transpose(1, 2)[:, None], "tf1": lambda x: x[..., None],
    "ft1": lambda x: x.transpose(1, 2)[..., None],
}


class Net(nn.Module):
    """Layers in a row, and `forward` given as a function of them and the input."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        return self.function(self, x)


def time_first(function):
    return lambda m, x: function(m, x.transpose(1, 2))


def conv(i, o, k, **options):
    return nn.Conv1d(i, o, k, **options)


def causal(m, x):
    x = F.relu(m.a(F.pad(x.transpose(1, 2), (2, 0))))
    x = F.relu(m.b(F.pad(x, (4, 0)))) + x
    return torch.sigmoid(m.dense(x[:, :, -1]))


def chomp(m, x):
    x = F.relu(m.a(x)[:, :, :-4])
    x = F.relu(m.b(x)[:, :, :-8])
    return torch.sigmoid(m.dense(x.mean(dim=2)))


def residual(m, x):
    x = F.relu(m.a(x.transpose(1, 2)))
    x = F.relu(m.b(x) + x[:, :, 4:])
    y = m.c(x)
    x = y + x[:, :, x.shape[2] - y.shape[2]:]
    return torch.sigmoid(m.dense(torch.flatten(x, 1)))


def shared_relu(m, x):
    x = m.a(x.transpose(1, 2))
    y = m.b(F.relu(x))
    return torch.sigmoid(m.dense((y - x[:, :, 2:]).mean(dim=2)))


def branches(m, x):
    x = x.transpose(1, 2)
    x = torch.cat([m.a(x)[:, :, 2:], m.b(x)], dim=1)
    return torch.sigmoid(m.dense(F.relu(m.norm(x)).mean(dim=2)))


def gated(m, x):
    a, b = torch.chunk(m.a(x.transpose(1, 2)), 2, dim=1)
    return torch.sigmoid(m.dense(F.avg_pool1d(a * torch.sigmoid(b), 3, 2).flatten(1)))


def images(m, x):
    x = F.relu6(m.b(F.relu(m.norm(m.a(x)))))
    return torch.sigmoid(m.dense(x.flatten(1)))


def image_rows(m, x):
    x = F.relu(m.a(x))
    n, c, t, f = x.shape
    x = x.permute(0, 2, 1, 3).reshape(n, t, c * f)
    x = F.relu(m.b(x.transpose(1, 2)))
    return torch.sigmoid(m.dense(x.flatten(1)))


def dynamic(m, x):
    x = F.relu(m.a(x.transpose(1, 2)))
    return torch.sigmoid(m.dense(x.reshape(x.size(0), -1)))


def networks():
    """name, layout, network, and what else differs from the usual."""
    yield "image_time_feature", "1tf", Net(
        images, a=nn.Conv2d(1, 4, (3, 8), stride=(2, 4)), norm=nn.BatchNorm2d(4),
        b=nn.Conv2d(4, 5, (3, 2), padding=(0, 1)), dense=nn.LazyLinear(1)), {}
    yield "image_feature_time", "1ft", Net(
        images, a=nn.Conv2d(1, 4, (8, 3), stride=(4, 2)), norm=nn.BatchNorm2d(4),
        b=nn.Conv2d(4, 5, (2, 3)), dense=nn.LazyLinear(1)), {"opset": 11}
    yield "image_to_rows", "1tf", Net(
        image_rows, a=nn.Conv2d(1, 3, (3, 5), stride=(1, 5)), b=conv(24, 6, 3, stride=2),
        dense=nn.LazyLinear(1)), {}
    yield "channels_first_logit", "ft", Net(
        lambda m, x: m.dense(F.adaptive_avg_pool1d(F.relu(m.norm(m.a(x))), 1).flatten(1)),
        a=conv(40, 6, 5, stride=3, bias=False), norm=nn.BatchNorm1d(6), dense=nn.LazyLinear(1)), {
            "unfolded": True}
    yield "residual_legacy", "tf", Net(
        residual, a=conv(40, 6, 3, stride=2), b=conv(6, 6, 5), c=conv(6, 6, 4, groups=6),
        dense=nn.LazyLinear(1)), {"opset": 17}
    yield "residual_dynamo", "tf", Net(
        residual, a=conv(40, 6, 3, stride=2), b=conv(6, 6, 5), c=conv(6, 6, 4, groups=6),
        dense=nn.LazyLinear(1)), {"dynamo": True}
    yield "causal_last_row", "tf", Net(
        causal, a=conv(40, 6, 3), b=conv(6, 6, 3, dilation=2), dense=nn.LazyLinear(1)), {
            "start": True, "opset": 18}
    yield "causal_dynamo", "tf", Net(
        causal, a=conv(40, 6, 3), b=conv(6, 6, 3, dilation=2), dense=nn.LazyLinear(1)), {
            "start": True, "dynamo": True}
    yield "chomp_dilated", "ft", Net(
        chomp, a=conv(40, 6, 3, padding=4, dilation=2), b=conv(6, 6, 3, padding=8, dilation=4),
        dense=nn.LazyLinear(1)), {"start": True, "opset": 13}
    yield "softmax_two_classes", "ft", Net(
        lambda m, x: F.softmax(m.dense(F.relu(m.a(x)).flatten(1)), dim=1),
        a=conv(40, 4, 5, stride=2), dense=nn.LazyLinear(2)), {"classes": True}
    yield "logits_two_classes", "ft", Net(
        lambda m, x: m.b(F.relu(m.a(x))).mean(dim=2), a=conv(40, 4, 5), b=conv(4, 2, 1)), {
            "classes": True, "logits": True}
    yield "softmax_second_class", "ft", Net(
        lambda m, x: F.softmax(m.dense(F.relu(m.a(x)).flatten(1)), dim=-1)[:, 1],
        a=conv(40, 4, 5, stride=2), dense=nn.LazyLinear(2)), {}
    yield "groups_and_multiplier", "ft", Net(
        lambda m, x: torch.sigmoid(m.dense(m.c(F.relu(m.b(F.relu(m.a(x))))).flatten(1))),
        a=conv(40, 8, 3, stride=2, groups=4), b=conv(8, 16, 3, groups=8), c=conv(16, 4, 1),
        dense=nn.LazyLinear(1)), {}
    scaled = Net(
        lambda m, x: torch.sigmoid(m.dense(m.a(F.relu(m.rows((x - m.mean) / m.deviation)).transpose(
            1, 2)).flatten(1))),
        rows=nn.Linear(40, 6), a=conv(6, 4, 4, stride=4), dense=nn.LazyLinear(1))
    scaled.register_buffer("mean", torch.rand(40) * 4)
    scaled.register_buffer("deviation", torch.rand(40) + 3)
    yield "normalized_linear_rows", "tf", scaled, {}
    yield "norm_on_input", "ft", Net(
        lambda m, x: torch.sigmoid(m.dense(F.relu(m.a(m.norm(x))).flatten(1))),
        norm=nn.BatchNorm1d(40), a=conv(40, 4, 5, stride=5), dense=nn.LazyLinear(1)), {}
    yield "norm_then_causal", "ft", Net(
        lambda m, x: torch.sigmoid(m.dense(F.relu(m.a(F.pad(m.norm(x), (3, 0)))).mean(dim=2))),
        norm=nn.BatchNorm1d(40), a=conv(40, 4, 4), dense=nn.LazyLinear(1)), {"start": True}
    yield "gated_average_pool", "tf", Net(
        gated, a=conv(40, 8, 4, stride=2), dense=nn.LazyLinear(1)), {}
    yield "silu_max_over_time", "ft", Net(
        lambda m, x: torch.sigmoid(m.dense(F.adaptive_max_pool1d(F.silu(m.a(x)), 1).flatten(1))),
        a=conv(40, 5, 3, stride=3), dense=nn.LazyLinear(1)), {}
    yield "window_convolution_head", "ft", Net(
        lambda m, x: torch.sigmoid(m.b(F.relu(m.a(x)))), a=conv(40, 5, 3, stride=3),
        b=conv(5, 1, 16)), {}
    yield "every_row_answers", "ft", Net(
        lambda m, x: torch.sigmoid(m.b(F.relu(m.a(x)))), a=conv(40, 5, 4, stride=2),
        b=conv(5, 1, 6)), {"last": True}
    yield "joined_then_normalized", "tf", Net(
        branches, a=conv(40, 3, 3), b=conv(40, 4, 5), norm=nn.BatchNorm1d(7),
        dense=nn.LazyLinear(1)), {"unfolded": True}
    yield "relu_of_a_shared_value", "tf", Net(
        shared_relu, a=conv(40, 5, 3), b=conv(5, 5, 3), dense=nn.LazyLinear(1)), {}
    yield "open_batch_and_time", "tf", Net(
        dynamic, a=conv(40, 4, 4, stride=4), dense=nn.LazyLinear(1)), {
            "axes": {0: "batch", 1: "time"}}
    yield "channel_last_image", "tf1", Net(
        lambda m, x: images(m, x.permute(0, 3, 1, 2)), a=nn.Conv2d(1, 4, (3, 8), stride=(2, 4)),
        norm=nn.BatchNorm2d(4), b=nn.Conv2d(4, 5, (3, 2)), dense=nn.LazyLinear(1)), {}
    yield "channel_last_features_first", "ft1", Net(
        lambda m, x: torch.sigmoid(m.dense(F.relu(m.a(x[..., 0])).flatten(1))),
        a=conv(40, 4, 5, stride=5), dense=nn.LazyLinear(1)), {}


def refused():
    yield "lstm", Net(
        lambda m, x: torch.sigmoid(m.dense(m.a(x)[0][:, -1])), a=nn.LSTM(40, 4, batch_first=True),
        dense=nn.LazyLinear(1))
    yield "gru_behind_same_padding", Net(
        lambda m, x: torch.sigmoid(m.dense(m.b(m.a(x.transpose(1, 2)).transpose(1, 2))[0][:, -1])),
        a=conv(40, 4, 3, padding=1), b=nn.GRU(4, 4, batch_first=True), dense=nn.LazyLinear(1))
    yield "attention", Net(
        lambda m, x: torch.sigmoid(m.dense((torch.softmax(
            m.q(x) @ m.k(x).transpose(1, 2), -1) @ m.v(x)).mean(1))),
        q=nn.Linear(40, 4), k=nn.Linear(40, 4), v=nn.Linear(40, 4), dense=nn.LazyLinear(1))
    yield "layer_norm", Net(
        lambda m, x: torch.sigmoid(m.dense(m.norm(x).mean(1))), norm=nn.LayerNorm(40),
        dense=nn.LazyLinear(1))
    yield "same_padding", Net(
        lambda m, x: torch.sigmoid(m.dense(m.b(F.relu(m.a(x.transpose(1, 2)))).mean(2))),
        a=conv(40, 4, 3, padding=1), b=conv(4, 4, 5, padding=2), dense=nn.LazyLinear(1))
    yield "squeeze_excitation", Net(
        lambda m, x: torch.sigmoid(m.dense((m.a(x.transpose(1, 2)) * torch.sigmoid(
            m.b(m.a(x.transpose(1, 2)).mean(2, keepdim=True)))).mean(2))),
        a=conv(40, 4, 3), b=conv(4, 4, 1), dense=nn.LazyLinear(1))
    yield "centred_residual", Net(
        lambda m, x: torch.sigmoid(m.dense(
            (m.b(m.a(x.transpose(1, 2))) + m.a(x.transpose(1, 2))[:, :, 1:-1]).mean(2))),
        a=conv(40, 4, 3), b=conv(4, 4, 3), dense=nn.LazyLinear(1))
    position = Net(
        lambda m, x: torch.sigmoid(m.dense((x + m.position).mean(1))), dense=nn.LazyLinear(1))
    position.register_buffer("position", torch.rand(ROWS, 40))
    yield "position_embedding", position
    yield "three_classes", Net(
        lambda m, x: torch.softmax(m.dense(x.mean(1)), -1), dense=nn.Linear(40, 3))


def without_paths(path):
    """Removes the stack traces that torch.export leaves in a model: they hold paths of the machine."""
    model = onnx.load(path)
    for item in [model.graph, *model.graph.node, *model.graph.value_info]:
        del item.metadata_props[:]
    onnx.save(model, path)


def export(network, x, path, options):
    if options.get("dynamo"):
        torch.onnx.export(
            network, (x,), path, dynamo=True, external_data=False, verbose=False,
            input_names=["features"], output_names=["result"])
        without_paths(path)
        return
    more = {}
    if options.get("unfolded"):
        more = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    torch.onnx.export(
        network, (x,), path, dynamo=False, opset_version=options.get("opset", 17),
        input_names=["features"], output_names=["result"],
        dynamic_axes={"features": options["axes"]} if "axes" in options else None, **more)


def ambiguous():
    """Forty rows of forty features, and a convolution that slides over both."""
    weights = helper.make_tensor(
        "w", TensorProto.FLOAT, [1, 1, 3, 3], np.linspace(-1, 1, 9, dtype=np.float32))
    nodes = [
        helper.make_node("Conv", ["features", "w"], ["c"], name="conv"),
        helper.make_node("GlobalAveragePool", ["c"], ["p"], name="pool"),
        helper.make_node("Sigmoid", ["p"], ["result"], name="sigmoid")]
    graph = helper.make_graph(
        nodes, "ambiguous",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 1, 40, 40])],
        [helper.make_tensor_value_info("result", TensorProto.FLOAT, [1, 1, 1, 1])], [weights])
    onnx.save(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
            producer_name="make_import_fixtures"),
        FOLDER / "refused" / "ambiguous.onnx")


def probability(results, options):
    value = results[0].ravel()
    if options.get("last"):
        return value[-1]
    if options.get("classes"):
        if options.get("logits"):
            value = np.exp(value) / np.exp(value).sum()
        return value[1]
    return value[0]


def main():
    (FOLDER / "refused").mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(-128, 128, (3, 64, 40), generator=generator)
    codes = torch.where(torch.rand(codes.shape, generator=generator) < 0.6, -128, codes)
    np.save(FOLDER / "rows.npy", codes.to(torch.int8).numpy())
    rows = ((codes + 128).to(torch.float32) * (1665 / 16384))[:, :ROWS]
    lines = []
    for number, (name, layout, network, options) in enumerate(networks()):
        torch.manual_seed(100 + number)
        network(LAYOUTS[layout](rows))
        for parameter in network.parameters():
            with torch.no_grad():
                parameter.copy_(torch.randn(parameter.shape) / max(1, parameter[0].numel()) ** 0.5)
        for module in network.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.running_mean.copy_(torch.randn(module.num_features) + 1)
                module.running_var.copy_(torch.rand(module.num_features) * 4 + 1)
        network.eval()
        x = LAYOUTS[layout](rows)
        path = FOLDER / f"{name}.onnx"
        export(network, x[:1], path, options)
        session = onnxruntime.InferenceSession(path)
        values = []
        for window in x:
            results = session.run(None, {"features": window[None].numpy()})
            value = probability(results, options)
            if name == "channels_first_logit":
                value = 1 / (1 + np.exp(-value))
            values.append(f"{value:.8f}")
        place = "start" if options.get("start") else "anywhere"
        lines.append(f"{name} {ROWS} {place} {' '.join(values)}")
    (FOLDER / "expected.txt").write_text("\n".join(lines) + "\n")
    for name, network in refused():
        network(rows)
        network.eval()
        torch.onnx.export(
            network, (rows[:1, :, :],), FOLDER / "refused" / f"{name}.onnx", dynamo=False,
            opset_version=17, input_names=["features"], output_names=["result"])
    ambiguous()


main()
