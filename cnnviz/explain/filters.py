"""Filters' preferences: the positions in pictures with the largest activations, and activation maximisation.

Source of the ascent: Erhan, Bengio, Courville and Vincent, "Visualizing Higher-Layer Features of a Deep
Network", 2009.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.arithmetic.window import ReceptiveField
from cnnviz.data.dataset import DataSet, as_rgb
from cnnviz.explain.attribution.base import Progress, map_layers, unreported
from cnnviz.explain.snippet_data import quoted
from cnnviz.networks.graph import Graph

if TYPE_CHECKING:
    from cnnviz.networks.network import Network

GREY = 127.5
NOISE = 48.0
"""Amplitude of the noise around grey in the picture that an ascent starts from, of 255."""
SEED = 0
KEPT_STEPS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
"""Steps of an ascent after which the picture is kept."""
SIZES = (32.0, 8.0, 2.0, 0.5)
"""Step sizes that each step tries: the root mean square of the change of the picture, of 255."""


def filter_layers(graph: Graph) -> dict[str, str]:
    """Return {convolution: the layer whose maps are used}, as `map_layers` without the joins."""
    return {name: last for name, last in map_layers(graph).items() if graph[name].layer.filters}


@dataclass(frozen=True, eq=False)
class Excitation:
    """The largest activations of K filters of a layer by N pictures, and their positions.

    Attributes:
        values: float32 [N, K], the largest number of the filter's map of the picture.
        positions: int64 [N, K, 2], its row and column in the map, the first one if several are as large.
    """

    values: np.ndarray
    positions: np.ndarray

    def best(self, index: int, count: int) -> list[int]:
        """Return the pictures that excite filter `index` most, at most `count`, the most exciting first.

        Pictures that do not excite it at all, with no number above 0, are left out.
        """
        values = self.values[:, index]
        return [int(k) for k in np.argsort(-values, kind="stable")[:count] if values[k] > 0]


def excitation(maps: Sequence[np.ndarray]) -> Excitation:
    """Find the largest number in every map.

    Args:
        maps: a layer's output for each picture, [h, w, K].
    """
    stacked = np.stack(maps)
    count, _, cols, filters = stacked.shape
    flat = stacked.reshape(count, -1, filters)
    at = flat.argmax(axis=1)
    values = np.take_along_axis(flat, at[:, np.newaxis], axis=1)[:, 0]
    return Excitation(values.astype(np.float32), np.stack(np.divmod(at, cols), axis=-1))


def excite(network: Network, images: np.ndarray, layer: str, progress: Progress = unreported) -> Excitation:
    """Show pictures to a network, and find what excites each filter of a layer most.

    Args:
        network: runs the pictures. images: uint8 [N, H, W, C].
        layer: a layer with maps. progress: see `Progress`.
    """
    maps = []
    for k, image in enumerate(images):
        progress(k / len(images))
        maps.append(network.activations(image)[layer])
    return excitation(maps)


@dataclass(frozen=True)
class Area:
    """Rows top..bottom - 1 and columns left..right - 1 of a picture; some may lie beyond its edges."""

    top: int
    left: int
    bottom: int
    right: int


def seen(field: ReceptiveField | None, cell: tuple[int, int], size: tuple[int, int]) -> Area:
    """Return the area of a picture that a cell of a map depends on.

    Args:
        field: the receptive field of the map's layer. cell: row and column in the map.
        size: (rows, columns) of the picture; a field that is larger is taken as the whole picture.
    """
    if field is None or any(math.ceil(own) > end for own, end in zip(field.size, size, strict=True)):
        return Area(0, 0, *size)
    top, left = (
        math.floor(start + k * jump) for start, k, jump in zip(field.start, cell, field.jump, strict=True)
    )
    rows, cols = (math.ceil(own) for own in field.size)
    return Area(top, left, top + rows, left + cols)


def patch(image: np.ndarray, area: Area) -> np.ndarray:
    """Cut an area out of a picture; beyond the edges it is grey.

    Args:
        image: uint8 [H, W, C].

    Returns:
        uint8 [rows, columns, 3].
    """
    rows, cols = image.shape[:2]
    around = max(-area.top, -area.left, area.bottom - rows, area.right - cols, 0)
    wide = np.pad(as_rgb(image), ((around, around), (around, around), (0, 0)), constant_values=round(GREY))
    return wide[area.top + around : area.bottom + around, area.left + around : area.right + around]


def spotlight(image: np.ndarray, area: Area) -> np.ndarray:
    """Return a picture that is darkened outside an area, uint8 [H, W, 3]."""
    shown = as_rgb(image)
    inside = np.zeros(shown.shape[:2], bool)
    inside[max(area.top, 0) : max(area.bottom, 0), max(area.left, 0) : max(area.right, 0)] = True
    return np.where(inside[..., np.newaxis], shown, shown // 3)


@dataclass(frozen=True, eq=False)
class Ascent:
    """A gradient ascent from grey to a picture that maximises a filter's mean activation.

    Attributes:
        steps: the numbers of steps after which a picture was kept.
        pictures: uint8 [S, H, W, C]. activations: float32 [S], the mean of the filter's map of each.
    """

    steps: tuple[int, ...]
    pictures: np.ndarray
    activations: np.ndarray


def grey(data_set: DataSet) -> np.ndarray:
    """Return where every ascent starts: grey with a little noise, float32 [H, W, C] in 0..255."""
    noise = np.random.default_rng(SEED).uniform(-NOISE, NOISE, data_set.shape)
    return (GREY + noise).astype(np.float32)


def climb(network: Network, layer: str, index: int) -> Iterator[tuple[np.ndarray, float]]:
    """Climb from grey along the gradient of the mean of a filter's map.

    Each step has the size, of `SIZES`, after which the mean is largest; the climb ends where none makes it
    larger. While the map is 0 everywhere after ReLU there is no gradient: then the
    convolution's own map, before ReLU, is raised.

    Args:
        network: has the filter. layer: a convolution of `filter_layers`. index: of the filter.

    Yields:
        The picture, float32 [H, W, C] in 0..255, and the mean: first of grey, then after each step.

    Raises:
        CnnvizError: if there is no such filter.
    """
    data_set = network.data_set
    black, white = data_set.preprocess(
        np.stack([np.zeros(data_set.shape), np.full(data_set.shape, 255)]).astype(np.uint8)
    )
    scale = (white - black) / 255

    def measure(pixels: np.ndarray, of: str) -> tuple[np.ndarray, np.ndarray]:
        x = (black + scale * pixels).astype(np.float32)
        values, gradients = network.image_gradients(x, [index] * len(x), of)
        return values, gradients * scale

    after = filter_layers(network.graph)[layer]
    pixels = grey(data_set)
    while True:
        of = after
        values, gradients = measure(pixels[np.newaxis], of)
        yield pixels, float(values[0])
        if not gradients.any():
            of = layer
            values, gradients = measure(pixels[np.newaxis], of)
        if not gradients.any():
            return
        direction = gradients[0] / np.sqrt(np.mean(gradients[0] ** 2))
        tried = np.clip(pixels + np.reshape(SIZES, (-1, 1, 1, 1)) * direction, 0, 255).astype(np.float32)
        found, _ = measure(tried, of)
        if found.max() <= values[0]:
            return
        pixels = tried[found.argmax()]


def ascend(network: Network, layer: str, index: int, progress: Progress = unreported) -> Ascent:
    """Climb as `climb` does, and keep the pictures after `KEPT_STEPS`, as far as it comes.

    Args:
        progress: see `Progress`.
    """
    steps, pictures, activations = [], [], []
    last = KEPT_STEPS[-1]
    for step, (pixels, value) in enumerate(climb(network, layer, index)):
        progress(step / last)
        if step in KEPT_STEPS:
            steps.append(step)
            pictures.append(np.rint(pixels).astype(np.uint8))
            activations.append(value)
        if step == last:
            break
    return Ascent(tuple(steps), np.stack(pictures), np.array(activations, np.float32))


def code(graph: Graph, layer: str, index: int) -> list[str]:
    """Return the lines of a program that climbs as `ascend` does, to its last picture as `result`.

    They follow a line that makes `net`. Arguments as in `climb`.
    """
    after = filter_layers(graph)[layer]
    sizes = ", ".join(f"{size:g}" for size in SIZES)
    maps = f"({quoted(after)}, {quoted(layer)})" if after != layer else f"({quoted(layer)},)"
    return [
        "shape = net.data_set.shape",
        "black, white = net.data_set.preprocess(np.uint8([np.zeros(shape), np.full(shape, 255)]))",
        "scale = (white - black) / 255",
        f"result = {GREY} + np.random.default_rng({SEED}).uniform(-{NOISE:g}, {NOISE:g}, shape)",
        f"for _ in range({KEPT_STEPS[-1]}):",
        "    given = np.float32(black + scale * result)[np.newaxis]",
        f"    for of in {maps}:",
        f"        mean, gradient = net.image_gradients(given, [{index}], of)",
        "        up = gradient[0] * scale",
        "        if up.any():",
        "            break",
        "    if not up.any():",
        "        break",
        "    up /= np.sqrt(np.mean(up**2))",
        f"    steps = np.reshape([{sizes}], (-1, 1, 1, 1)) * up",
        "    tried = np.clip(result + steps, 0, 255)",
        f"    means, _ = net.image_gradients(np.float32(black + scale * tried), [{index}] * len(tried), of)",
        "    if means.max() <= mean[0]:",
        "        break",
        "    result = tried[means.argmax()]",
    ]
