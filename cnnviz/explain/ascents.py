"""Ascents that are shipped: some filters of the bundled networks, with the pictures on the way from grey.

`python -m cnnviz.explain.ascents [NAME ...]` climbs them again. It writes two files a network into
assets/ascents: the pictures, NAME.webp, and NAME.json, with the digest of the weights. A network that is
trained again has other weights: its filters are climbed when somebody asks, like those that are not shipped.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping
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
from cnnviz.networks.network import ModelRef, Network
from cnnviz.resources import ASSETS

FOLDER = ASSETS / "ascents"
NAMES = ("keras_lecture", "tensorflow_lecture", "digits")
"""The networks whose ascents are shipped: the small ones, of the lecture and of the digits."""
FILTERS = 8
"""Of each convolution, the first."""
QUALITY = 80
"""Of the pictures, 0..100: twelve of a filter have about 4 kB."""


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
    """Return the shipped ascent of a filter, or None if there is none of these very weights."""
    if reference.name not in NAMES:
        return None
    shipped = read(reference.name)
    return shipped.ascents.get((layer, index)) if shipped.sha256 == reference.sha256 else None


def climb_all(trained: Network) -> Iterator[tuple[tuple[str, int], Ascent]]:
    """Yield the ascents of a network's filters that are shipped."""
    for layer in filter_layers(trained.graph):
        for index in range(min(FILTERS, trained.graph[layer].output_shape[-1])):
            yield (layer, index), ascend(trained, layer, index)


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
    """Read the shipped ascents of a network; those of all have about 1.5 MB."""
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
    for name in wanted or NAMES:
        write(name, Shipped(network.reference(name).sha256, dict(climb_all(network.load(name)))))
        print(f"{name}: {(FOLDER / f'{name}.webp').stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
