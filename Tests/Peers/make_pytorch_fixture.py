"""Exports "the same network", the MixedNet of Presets/esphome-standard.yaml, from PyTorch as a user would write it.

    python make_pytorch_fixture.py FOLDER

writes FOLDER/pytorch_mixednet_legacy.onnx (TorchScript exporter) and FOLDER/pytorch_mixednet_dynamo.onnx (torch.export),
FOLDER/windows.npy, int8 device features [4, 204, 40], and FOLDER/probabilities.npy, what onnxruntime computes from them.

Not part of `./test`: needs torch, onnx, onnxscript and onnxruntime, see Tests/RouseFormatsTests/Fixtures/README.md.
"""

import pathlib
import sys

import numpy
import onnx
import onnxruntime
import torch

ROWS = 204
KERNELS = [[5], [7, 11], [9, 15], [23]]


class MixConv(torch.nn.Module):
    """Depthwise convolutions of several lengths, one for each part of the channels, cut to end together."""

    def __init__(self, channels: int, kernels: list[int]):
        super().__init__()
        self.parts = [channels // len(kernels)] * len(kernels)
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv1d(part, part, kernel, groups=part)
            for part, kernel in zip(self.parts, kernels))

    def forward(self, x):
        results = [
            convolution(part)
            for convolution, part in zip(self.convolutions, torch.split(x, self.parts, dim=1))]
        rows = min(result.shape[2] for result in results)
        return torch.cat([result[:, :, result.shape[2] - rows:] for result in results], dim=1)


class MixedNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv1d(40, 32, 5, stride=3, bias=False)
        blocks, channels = [], 32
        for kernels in KERNELS:
            blocks += [
                MixConv(channels, kernels), torch.nn.Conv1d(channels, 64, 1, bias=False),
                torch.nn.BatchNorm1d(64), torch.nn.ReLU()]
            channels = 64
        self.blocks = torch.nn.Sequential(*blocks)
        self.dense = torch.nn.Linear(64 * 17, 1)

    def forward(self, features):
        x = torch.relu(self.stem(features.transpose(1, 2)))
        return torch.sigmoid(self.dense(torch.flatten(self.blocks(x), 1)))


def features(generator: torch.Generator, windows: int) -> torch.Tensor:
    """Device codes: two of three are silence, as in speech."""
    codes = torch.randint(-128, 128, (windows, ROWS, 40), generator=generator)
    silent = torch.rand((windows, ROWS, 40), generator=generator) < 0.66
    return torch.where(silent, -128, codes).to(torch.int8)


def reals(codes: torch.Tensor) -> torch.Tensor:
    """The features that the codes stand for; 1665/16384 is the firmware's scale."""
    return (codes.to(torch.float32) + 128) * (1665 / 16384)


def without_paths(path):
    """Removes the stack traces that torch.export leaves in a model: they hold paths of the machine."""
    model = onnx.load(path)
    for item in [model.graph, *model.graph.node, *model.graph.value_info]:
        del item.metadata_props[:]
    onnx.save(model, path)


def main(folder: pathlib.Path) -> None:
    torch.manual_seed(4)
    generator = torch.Generator().manual_seed(5)
    network = MixedNet()
    # Running statistics as training leaves them, from data of the same kind.
    network.train()
    with torch.no_grad():
        for _ in range(60):
            network(reals(features(generator, 16)))
    network.eval()
    codes = features(generator, 4)
    with torch.no_grad():
        # Probabilities around 1/2 that differ: the logit of the windows is centred and stretched.
        probabilities = network(reals(features(generator, 64)))
        logits = torch.logit(probabilities)
        network.dense.weight *= 2 / logits.std()
        network.dense.bias.copy_((network.dense.bias - logits.mean()) * 2 / logits.std())
    example = reals(codes[:1])
    torch.onnx.export(
        network, (example,), folder / "pytorch_mixednet_legacy.onnx", dynamo=False,
        input_names=["features"], output_names=["probability"])
    torch.onnx.export(
        network, (example,), folder / "pytorch_mixednet_dynamo.onnx", dynamo=True,
        external_data=False, input_names=["features"], output_names=["probability"])
    without_paths(folder / "pytorch_mixednet_dynamo.onnx")
    results = []
    for exporter in ["legacy", "dynamo"]:
        session = onnxruntime.InferenceSession(folder / f"pytorch_mixednet_{exporter}.onnx")
        results.append(numpy.array([
            session.run(None, {"features": reals(window[None]).numpy()})[0].item()
            for window in codes], numpy.float32))
    numpy.testing.assert_allclose(results[0], results[1], atol=1e-6)
    print(results[0])
    numpy.save(folder / "windows.npy", codes.numpy())
    numpy.save(folder / "probabilities.npy", results[0])


main(pathlib.Path(sys.argv[1]))
