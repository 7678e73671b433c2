"""Ascents that are shipped: some filters of the bundled networks, with the pictures on the way from grey.

`python -m cnnviz.explain.ascents [NAME ...]` climbs them again. It writes two files a network into
assets/ascents: the pictures, NAME.webp, and NAME.json, with the digest of the weights. A network that is
trained again has other weights: its filters are climbed when somebody asks, like those that are not shipped.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cnnviz.data.dataset import as_rgb
from cnnviz.explain.filters import KEPT_STEPS, Ascent, ascend, filter_layers
from cnnviz.files import write_atomically
from cnnviz.networks import network, zoo
from cnnviz.networks.network import ModelRef
from cnnviz.resources import ASSETS

FOLDER = ASSETS / "ascents"
FILTERS = {"keras_lecture": 8, "tensorflow_lecture": 8, "alexnet": 3, "vgg": 2, "resnet": 2, "digits": 8}
"""{network whose ascents are shipped: number of filters of each convolution, the first ones}."""
QUALITY = 80
"""JPEG quality of the pictures, 0..100: those of a filter have about 6 kB."""


@dataclass(frozen=True)
class Shipped:
    """The shipped ascents of a network.

    Attributes:
        sha256: of its weights.
        ascents: by (layer, filter).
    """

    sha256: str
    ascents: Mapping[tuple[str, int], Ascent]


def find(reference: ModelRef, layer: str, index: int) -> Ascent | None:
    """Return the shipped ascent of a filter, or None if there is none of exactly these weights."""
    if reference.name not in FILTERS:
        return None
    shipped = read(reference.name)
    return shipped.ascents.get((layer, index)) if shipped.sha256 == reference.sha256 else None


def filters_of(name: str) -> list[tuple[str, int]]:
    """Return the filters, (layer, filter), of a network whose ascents are shipped."""
    graph = zoo.get(name).graph
    return [
        (layer, index)
        for layer in filter_layers(graph)
        for index in range(min(FILTERS[name], graph[layer].output_shape[-1]))
    ]


def write(name: str, shipped: Shipped, folder: Path = FOLDER) -> None:
    """Write the ascents of a network: a row of pictures each; the last one fills up shorter rows."""
    rows = [
        np.concatenate([*ascent.pictures, *[ascent.pictures[-1]] * (len(KEPT_STEPS) - len(ascent.steps))], 1)
        for ascent in shipped.ascents.values()
    ]
    buffer = io.BytesIO()
    Image.fromarray(as_rgb(np.concatenate(rows))).save(buffer, "WEBP", quality=QUALITY, method=6)
    entries = [
        {
            "layer": layer,
            "filter": index,
            "steps": ascent.steps,
            "activations": [float(f"{value:.5g}") for value in ascent.activations],
        }
        for (layer, index), ascent in shipped.ascents.items()
    ]
    lines = ",\n  ".join(json.dumps(entry, allow_nan=False) for entry in entries)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{name}.webp", buffer.getvalue())
    write_atomically(
        folder / f"{name}.json",
        f'{{"sha256": "{shipped.sha256}", "ascents": [\n  {lines}\n]}}\n'.encode(),
    )


@cache
def read(name: str, folder: Path = FOLDER) -> Shipped:
    """Read the shipped ascents of a network; those of all have about 3.6 MB."""
    entry: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    height, width, channels = zoo.get(name).data_set.shape
    with Image.open(folder / f"{name}.webp") as image:
        pixels = np.asarray(image.convert("RGB"))[..., :channels]
    rows = pixels.reshape(-1, height, len(KEPT_STEPS), width, channels).swapaxes(1, 2)
    return Shipped(
        entry["sha256"],
        {
            (each["layer"], each["filter"]): Ascent(
                tuple(each["steps"]),
                pictures[: len(each["steps"])],
                np.array(each["activations"], np.float32),
            )
            for each, pictures in zip(entry["ascents"], rows, strict=True)
        },
    )


def main(wanted: list[str]) -> None:
    """Climb the ascents of the networks that are named, or of all, and write them."""
    for name in wanted or FILTERS:
        trained = network.load(name)
        climbed = {(layer, index): ascend(trained, layer, index) for layer, index in filters_of(name)}
        write(name, Shipped(network.reference(name).sha256, climbed))
        print(f"{name}: {(FOLDER / f'{name}.webp').stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
