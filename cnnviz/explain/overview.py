"""Large networks at a glance: a few maps of each layer as thumbnails, and the pictures of one layer's maps.

A map of 112 x 112 cells is first sent as a small picture: each of its pixels is the mean of a block of cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnviz.layers.base import as_maps
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo

SAMPLED = 6
"""Number of maps of a layer that the overview shows."""
THUMBNAIL = 24
"""Largest side of a thumbnail in the overview, in pixels."""
PICTURE = 56
"""Largest side of a map's picture in an opened layer, in pixels."""
FULL_COLOUR = 0.995
"""Share of a layer's sampled values that are not yet drawn in full colour."""
ZERO, LEVELS = 128, 127
"""A pixel is ZERO + LEVELS * value / full, so 1 to 255."""
STEP, PICTURE_STEP = 4, 2
"""Number of levels to which pixels of thumbnails, and of pictures, are rounded; fewer take less to send."""


@dataclass(frozen=True)
class Thumbnails:
    """Maps of one layer as small pictures.

    Attributes:
        maps: int [N], the numbers of the maps.
        codes: uint8 [N, h, w]: `ZERO` + `LEVELS` * value / full, rounded; beyond full colour clipped.
        full: the absolute value drawn in full colour.
    """

    maps: np.ndarray
    codes: np.ndarray
    full: float


def overview(graph: Graph, activations: Mapping[str, np.ndarray]) -> dict[str, Thumbnails]:
    """Return thumbnails of `SAMPLED` maps of every layer of maps that is drawn.

    Layers in a chain, of which each makes map k of map k alone, show the same maps: those whose values differ
    most at the end of the chain.

    Args:
        graph: the network. activations: {layer: float32 [H, W, C] or [n]}, of one image.
    """
    ends = chain_ends(graph)
    chosen = {name: most_varied(as_maps(activations[name]), SAMPLED) for name in set(ends.values())}
    return {
        info.name: thumbnails(as_maps(activations[info.name]), chosen[ends[info.name]], THUMBNAIL, step=STEP)
        for info in graph
        if info.drawn and info.name in ends
    }


def chain_ends(graph: Graph) -> dict[str, str]:
    """Return {layer of maps: the last layer of its chain}.

    >>> from cnnviz.networks.efficientnet import lite0
    >>> ends = chain_ends(lite0())
    >>> ends["block1_expand_conv"], ends["block2_project_conv"]
    ('block1_depthwise_relu6', 'block2_add')
    """
    chain: dict[str, int] = {}
    last: dict[int, str] = {}
    for number, info in enumerate(graph):
        if len(info.output_shape) == 1:
            continue
        own = chain[info.inputs[0]] if _keeps_maps(info) and info.inputs[0] in chain else number
        chain[info.name] = own
        last[own] = info.name
    return {name: last[own] for name, own in chain.items()}


def _keeps_maps(info: LayerInfo) -> bool:
    same = info.output_shape[-1] == info.input_shape[-1]
    return info.layer.channelwise and same and info.inputs[0] != IMAGE


def most_varied(values: np.ndarray, count: int) -> np.ndarray:
    """Return the numbers of the `count` maps of [H, W, C] with the largest deviation, in order.

    >>> most_varied(np.array([[[0.0, 1, 5]], [[0.0, 2, -5]]]), 2).tolist()
    [1, 2]
    """
    deviations = values.reshape(-1, values.shape[-1]).std(axis=0)
    return np.sort(np.argsort(-deviations, kind="stable")[:count])


def thumbnails(
    values: np.ndarray, maps: np.ndarray, side: int, full: float | None = None, *, step: int = 1
) -> Thumbnails:
    """Return some maps of a layer as pictures.

    Args:
        values: float32 [H, W, C]. maps: the numbers of those wanted.
        side: largest side of a picture, in pixels.
        full: the absolute value drawn in full colour; None = most of these maps' values lie below it.
        step: codes are rounded to multiples of this.
    """
    own = np.moveaxis(values[..., maps], -1, 0)
    if full is None:
        full = float(np.quantile(np.abs(own), FULL_COLOUR)) or float(np.abs(own).max()) or 1.0
    small = shrink(own, side)
    levels = step * np.rint(LEVELS / step * np.clip(small / np.float32(full), -1, 1))
    codes = np.clip(ZERO + levels, ZERO - LEVELS, ZERO + LEVELS)
    return Thumbnails(np.asarray(maps), codes.astype(np.uint8), full)


def shrink(maps: np.ndarray, side: int) -> np.ndarray:
    """Return maps [N, H, W] with at most `side` rows and columns: means of blocks of whole cells.

    >>> shrink(np.arange(8.0).reshape(1, 2, 4), 2).tolist()
    [[[2.5, 4.5]]]
    """
    step = -(-max(maps.shape[1:]) // side)
    if step == 1:
        return maps
    rows, cols = (np.arange(0, size, step) for size in maps.shape[1:])
    sums = np.add.reduceat(np.add.reduceat(maps, rows, axis=1), cols, axis=2)
    heights, widths = (
        np.diff(np.append(starts, size)) for starts, size in zip((rows, cols), maps.shape[1:], strict=True)
    )
    return np.asarray(sums / (heights[:, None] * widths).astype(maps.dtype))
