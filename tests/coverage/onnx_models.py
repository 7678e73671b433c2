"""ONNX files that open, and comparison of every value in them with ONNX' own evaluator.

    python -m tests.coverage.onnx_models [FOLDER]

The files are the architectures in onnx's own test data, with random weights in place of constant ones, and
those in FOLDER, as `tests/coverage/export_torchvision.py` writes them. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError
from cnnviz.networks import network
from cnnviz.networks.graph import IMAGE, LayerInfo
from cnnviz.networks.opening.onnx_file import Converted, convert
from cnnviz.networks.opening.opened import Opened

WITHIN = 1e-4
"""Largest difference, relative to the largest number of an array."""
SMALL = 75
"""Rows and columns of the picture where a network allows it; InceptionV3 has no smaller one."""
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
KERNELS = ("conv", "depthwise_conv", "transposed_conv", "dense")
HEAD = ("network", "layers", "parameters", "multiply-accumulates", "values compared", "largest difference")


@dataclass(frozen=True)
class Difference:
    """One value of a file: its name and the largest difference, relative to its largest number."""

    name: str
    relative: float


Engine = Callable[[Opened, np.ndarray], Mapping[str, np.ndarray]]
"""Returns the array of every layer for one picture [H, W, C]."""


def numpy_engine(opened: Opened, picture: np.ndarray) -> Mapping[str, np.ndarray]:
    """Compute every layer with NumPy."""
    return network.run(opened.graph, opened.weights, picture)


def keras_engine(opened: Opened, picture: np.ndarray) -> Mapping[str, np.ndarray]:
    """Compute every layer with Keras."""
    import keras

    built = network.build(opened.graph, "opened")
    network.set_weights(built, opened.weights)
    names = [info.name for info in opened.graph]
    every = keras.Model(built.inputs, [built.get_layer(name).output for name in names])
    made = every([picture[np.newaxis]], training=False)
    return {
        name: np.asarray(array)[0]
        for name, array in zip(names, made if isinstance(made, list) else [made], strict=True)
    }


class LRN(OpRun):
    """Local response normalisation as https://onnx.ai/onnx/operators/onnx__LRN.html defines it.

    That of onnx 1.23's evaluator computes as many channels as there are pictures in the batch.
    """

    def _run(self, x: np.ndarray, alpha: float, beta: float, bias: float, size: int) -> tuple[np.ndarray]:
        total = np.zeros_like(x)
        for c in range(x.shape[1]):
            first, last = max(0, c - (size - 1) // 2), min(x.shape[1] - 1, c + size // 2)
            total[:, c] = (x[:, first : last + 1] ** 2).sum(axis=1)
        return ((x / (bias + alpha / size * total) ** beta).astype(x.dtype),)


class BatchNormalization(OpRun):
    """Batch normalisation with one output, which is inference in all versions of the operator.

    onnx 1.23's evaluator uses the statistics of the batch in versions before 14.
    """

    def _run(
        self,
        x: np.ndarray,
        scale: np.ndarray,
        offset: np.ndarray,
        mean: np.ndarray,
        variance: np.ndarray,
        epsilon: float = 1e-5,
        **others: object,
    ) -> tuple[np.ndarray]:
        scale, offset, mean, variance = (
            each.reshape(-1, *(1,) * (x.ndim - 2)) for each in (scale, offset, mean, variance)
        )
        return ((scale * (x - mean) / np.sqrt(variance + epsilon) + offset).astype(x.dtype),)


def windows(x: np.ndarray, axis: int, fill: float, behind: float, given: Mapping[str, Any]) -> np.ndarray:
    """Return what a pooling's windows hold along an axis of maps [N, C, H, W], as one more axis.

    Args:
        fill: what stands in the padding. behind: what stands behind it, where a window reaches with
            `ceil_mode`. given: the attributes of the operator.
    """
    k, s = given["kernel_shape"][axis - 2], (given.get("strides") or [1, 1])[axis - 2]
    before, after = (given.get("pads") or [0] * 4)[axis - 2 :: 2]
    n = x.shape[axis]
    count = (n + before + after - k) // s + 1
    if given.get("ceil_mode"):
        count = -(-(n + before + after - k) // s) + 1
        count -= (count - 1) * s >= n + before  # no window begins in the padding at the end
    for added, value in (
        ((before, after), fill),
        ((0, max(0, (count - 1) * s + k - n - before - after)), behind),
    ):
        border = [added if each == axis else (0, 0) for each in range(x.ndim)]
        x = np.pad(x, border, constant_values=value)
    return np.lib.stride_tricks.sliding_window_view(x, k, axis=axis).take(range(0, count * s, s), axis=axis)


class MaxPool(OpRun):
    """Max pooling of maps as https://onnx.ai/onnx/operators/onnx__MaxPool.html defines it.

    onnx 1.23's evaluator returns too many rows and columns for some paddings and with `ceil_mode`.
    """

    def _run(self, x: np.ndarray, **given: Any) -> tuple[np.ndarray]:
        for axis in (2, 3):
            x = windows(x, axis, -np.inf, -np.inf, given).max(axis=-1)
        return (x,)


class AveragePool(OpRun):
    """Average pooling of maps as https://onnx.ai/onnx/operators/onnx__AveragePool.html defines it.

    onnx 1.23's evaluator is wrong about uneven padding, and about windows that reach out with `ceil_mode`.
    """

    def _run(self, x: np.ndarray, **given: Any) -> tuple[np.ndarray]:
        in_padding = float(given.get("count_include_pad", 0))
        for axis in (2, 3):
            counted = windows(np.ones_like(x), axis, in_padding, 0.0, given).sum(axis=-1)
            x = windows(x, axis, 0.0, 0.0, given).sum(axis=-1) / counted
        return (x.astype(np.float32),)


def differences(
    model: onnx.ModelProto, x: np.ndarray, converted: Converted, engine: Engine = keras_engine
) -> list[Difference]:
    """Compare all values in a file that depend on the picture with our layers.

    Args:
        model: the file. x: float32, as the file takes it. engine: what computes our layers.
    """
    evaluator = ReferenceEvaluator(model, new_ops=[LRN, BatchNormalization, MaxPool, AveragePool])
    theirs = evaluator.run(None, {picture_of(model).name: x}, intermediate=True)
    opened = converted.opened
    picture = x[0] if tuple(x.shape[1:]) == opened.graph.input_shape else x[0].transpose(1, 2, 0)
    ours = {IMAGE: picture, **engine(opened, picture)}
    found = []
    for name, tensor in converted.tensors.items():
        if tensor.source in ours and theirs.get(name) is not None:
            expected, actual = np.asarray(theirs[name])[0], tensor.to_onnx(ours[tensor.source])
            same = actual.shape == expected.shape
            error = np.abs(actual - expected).max() / (np.abs(expected).max() or 1) if same else np.inf
            found.append(Difference(name, float(error)))
    return found


def picture_of(model: onnx.ModelProto) -> Any:
    """Return the input that is no stored weight."""
    stored = {each.name for each in model.graph.initializer}
    return next(each for each in model.graph.input if each.name not in stored)


def random_weights(model: onnx.ModelProto, seed: int = 0) -> int:
    """Replace the constant arrays of a light model by random weights; return how many numbers they have.

    Kernels get the variance that keeps the activations' (He et al., 2015), variances are positive.
    """
    rng, constants = np.random.default_rng(seed), {}
    for node in list(model.graph.node):
        if node.op_type == "ConstantOfShape":
            constants[node.output[0]] = node
    shapes = {each.name: tuple(numpy_helper.to_array(each)) for each in model.graph.initializer if each.dims}
    roles = {
        name: (node.op_type, index)
        for node in model.graph.node
        for index, name in enumerate(node.input)
        if name in constants or node.op_type == "Unsqueeze"
    }
    for name, node in constants.items():
        shape = shapes[node.input[0]]
        if len(shape) > 1:
            array = rng.standard_normal(shape) * np.sqrt(2 / prod(shape[1:]))
        elif roles[name] == ("BatchNormalization", 4) or roles[name][0] in (
            "BatchNormalization",
            "Unsqueeze",
        ):
            array = rng.uniform(0.5, 1.5, shape)
        else:
            array = rng.normal(0, 0.1, shape)
        model.graph.initializer.append(numpy_helper.from_array(array.astype(np.float32), name))
        model.graph.node.remove(node)
    for node in model.graph.node:
        if (
            node.op_type == "Softmax" and not node.attribute
        ):  # the evaluator has the default of later versions
            node.attribute.append(helper.make_attribute("axis", 1))
    used = {name for node in model.graph.node for name in node.input}
    kept = [each for each in model.graph.initializer if each.name in used]
    return sum(prod(each.dims) for each in kept if each.data_type == onnx.TensorProto.FLOAT)


def models(
    folder: Path | None, only: str = ""
) -> Iterator[tuple[str, onnx.ModelProto, int | None, int | None]]:
    """Yield name, model, its own count of parameters, and of multiply-accumulates if it is known.

    Args:
        folder: with exported files. only: part of a file's name.
    """
    for path in sorted(folder.glob("*.onnx")) if folder else ():
        if only in path.stem:
            about = json.loads(path.with_suffix(".json").read_text("utf-8"))
            yield about["name"], onnx.load(path), about["parameters"], about["multiply_accumulates"]
    for path in sorted(LIGHT.glob("light_*.onnx")):
        if only in path.stem:
            model = onnx.load(path)
            yield path.stem.removeprefix("light_"), model, random_weights(model), None


def shrunk(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with a smaller picture."""
    small = onnx.ModelProto()
    small.CopyFrom(model)
    del small.graph.value_info[:]
    for dim in list(picture_of(small).type.tensor_type.shape.dim)[2:]:
        dim.dim_value = SMALL
    for output in small.graph.output:
        output.type.tensor_type.ClearField("shape")
    return small


def counted(info: LayerInfo) -> int:
    """Return a layer's multiply-accumulates as torchvision counts them: those of kernels, not of factors."""
    factors = info.kind == "depthwise_conv" and info.window == Window(1)
    return info.multiply_accumulates if info.kind in KERNELS and not factors else 0


def row(
    name: str, model: onnx.ModelProto, parameters: int | None, work: int | None
) -> tuple[list[str], bool]:
    """Return a row of the table, and whether all is well."""
    try:
        converted = convert(model.SerializeToString())
    except CnnvizError as error:
        return [name, str(error)], False
    graph = converted.opened.graph
    small = shrunk(model)
    try:  # the evaluator is slow; counts are those of the whole picture
        compared = convert(small.SerializeToString())
    except CnnvizError:  # the size is written into the graph
        small, compared = model, converted
    shape = [dim.dim_value or 1 for dim in picture_of(small).type.tensor_type.shape.dim]
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    found = differences(small, x, compared)
    worst = max(found, key=lambda each: each.relative)
    own = sum(info.total_parameters for info in graph)
    done = sum(map(counted, graph))
    good = worst.relative <= WITHIN and parameters in (None, own) and work in (None, done)
    cells = [
        name,
        str(len(graph)),
        f"{own:,}" + ("" if parameters in (None, own) else f" (theirs: {parameters:,})"),
        f"{done:,}" + ("" if work in (None, done) else f" (theirs: {work:,})"),
        str(len(found)),
        f"{worst.relative:.1e}" + ("" if worst.relative <= WITHIN else f" ({worst.name})"),
    ]
    return cells, good


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 1 if a network does not open or agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="exported files, each NAME.onnx with NAME.json")
    parser.add_argument("--only", default="", help="part of a network's name")
    options = parser.parse_args(arguments)
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    good = True
    for name, model, parameters, work in models(options.folder, options.only):
        start = time.monotonic()
        cells, fine = row(name, model, parameters, work)
        good &= fine
        print(f"| {' | '.join(cells)} |", flush=True)
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return not good


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.exit(main())
