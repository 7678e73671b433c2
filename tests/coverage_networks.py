"""All of `keras.applications`, saved, opened and compared layer by layer: `make coverage-networks`.

Each model gets random weights and an input as small as it allows. Keras' own model is compared with the
opened graph, run by Keras, and by NumPy if that takes seconds. Printed is a table in Markdown.
"""

from __future__ import annotations

import argparse
import inspect
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.networks import network
from cnnviz.networks.opening import keras_file
from cnnviz.networks.opening.opened import Opened

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

WITHIN = 1e-4
"""The largest difference that counts as agreement, relative to the largest number of a layer's output."""
NUMPY_WORK = 300_000_000
"""Multiply-accumulates up to which NumPy computes the network too."""


@dataclass(frozen=True)
class Agreement:
    """Comparison of an opened network with the model it was saved from.

    Attributes:
        side: of the input. layers: of the opened network.
        compared: number of Keras' layers whose outputs are compared.
        parameters: of both, which are equal; the fixed numbers of a `Normalization` do not count.
        keras, numpy: the largest relative difference of a layer's output; None if NumPy did not compute it.
        seconds: for reading the file.
    """

    side: int
    layers: int
    compared: int
    parameters: int
    keras: float
    numpy: float | None
    seconds: float


def applications() -> list[str]:
    """Return the names of the models in `keras.applications`."""
    import keras

    members = vars(keras.applications).items()
    return sorted(name for name, each in members if inspect.isfunction(each) and name[0].isupper())


def smallest(name: str) -> Any:
    """Return a model of `keras.applications` with random weights and the smallest input that it takes."""
    import keras

    make = getattr(keras.applications, name)
    for side in (32, 71, 75, 96, 224, 331):
        try:
            return make(weights=None, input_shape=(side, side, 3))
        except ValueError as error:
            refused = error
    raise refused


def shake(model: Any, rng: np.random.Generator) -> None:
    """Change all weights but kernels, so that no bias is 0 and no gamma 1.

    Not those of a `Normalization`: in memory it keeps using the numbers that it was made with.
    """
    for layer in model.layers:
        for weight in layer.weights if type(layer).__name__ != "Normalization" else []:
            values = weight.numpy()
            if "kernel" not in weight.name:
                weight.assign(values + (0.1 * np.abs(rng.standard_normal(values.shape))).astype(np.float32))


def compare(
    model: Any, opened: Opened, image: np.ndarray, *, with_numpy: bool
) -> tuple[int, float, float | None]:
    """Return how many layers were compared, and the largest relative differences: of Keras and of NumPy.

    Args:
        model: as saved. opened: as read again. image: float32 [H, W, C]. with_numpy: whether NumPy runs it.
    """
    import keras

    names = [layer.name for layer in model.layers if layer.name in opened.origin]
    of_saved = keras.Model(model.inputs[0], [model.get_layer(name).output for name in names])
    ours = network.build(opened.graph, "opened")
    network.set_weights(ours, opened.weights)
    origins = {name: opened.origin[name] for name in names}
    every = [info.name for info in opened.graph]
    of_opened = keras.Model(ours.inputs[0], [ours.get_layer(name).output for name in every])
    outputs = of_opened(image[np.newaxis], training=False)
    found = dict(zip(every, (np.asarray(each)[0] for each in outputs), strict=True))
    by_numpy = network.run(opened.graph, opened.weights, image) if with_numpy else {}
    worst = {"keras": 0.0, "numpy": 0.0}
    theirs = of_saved(image[np.newaxis], training=False)
    for name, output in zip(names, theirs, strict=True):
        expected = np.asarray(output)[0]
        scale = float(np.abs(expected).max()) or 1.0
        for way, arrays in (("keras", found), ("numpy", by_numpy)):
            own = arrays.get(origins[name], image if origins[name] == "image" else None)
            if own is not None:
                worst[way] = max(
                    worst[way], float(np.abs(own.reshape(expected.shape) - expected).max()) / scale
                )
    return len(names), worst["keras"], worst["numpy"] if with_numpy else None


def measure(name: str, folder: Path) -> Agreement:
    """Save a model, open it again and compare both.

    Raises:
        CnnvizError: if it cannot be opened.
    """
    rng = np.random.default_rng(0)
    model = smallest(name)
    shake(model, rng)
    path = folder / f"{name}.keras"
    model.save(path)
    start = time.perf_counter()
    opened = keras_file.read(path)
    seconds = time.perf_counter() - start
    path.unlink()
    graph = opened.graph
    counted = sum(info.total_parameters for info in graph)
    fixed = sum(layer.count_params() for layer in model.layers if type(layer).__name__ == "Normalization")
    if counted != model.count_params() - fixed:
        raise AssertionError(f"{counted:,} parameters instead of {model.count_params() - fixed:,}")
    work = sum(info.multiply_accumulates for info in graph)
    image = rng.random(graph.input_shape).astype(np.float32)
    compared, keras_worst, numpy_worst = compare(model, opened, image, with_numpy=work <= NUMPY_WORK)
    return Agreement(graph.input_shape[0], len(graph), compared, counted, keras_worst, numpy_worst, seconds)


def row(name: str, found: Agreement) -> str:
    """Return a row of the table."""
    numpy_text = "-" if found.numpy is None else f"{found.numpy:.0e}"
    good = "yes" if max(found.keras, found.numpy or 0) <= WITHIN else "**no**"
    return (
        f"| {name} | {found.side} | {found.layers} | {found.parameters:,} | {found.compared} "
        f"| {found.keras:.0e} | {numpy_text} | {good} |"
    )


def main() -> None:
    """Print the table of the models named, or of all."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    print("| model | input | layers here | parameters | compared | Keras | NumPy | within 1e-4 |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for name in parser.parse_args().names or applications():
        with tempfile.TemporaryDirectory() as folder:
            try:
                line = row(name, measure(name, Path(folder)))
            except Exception as error:
                line = f"| {name} | | | | | | | {' '.join(str(error).split())[:200]} |"
        print(line, flush=True)


if __name__ == "__main__":
    main()
