"""Occlusion: the class's probability while a grey square slides over the picture.

Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.explain.attribution.base import (
    BATCH,
    Cell,
    HeatMap,
    Method,
    Progress,
    Term,
    logit,
    unreported,
)

if TYPE_CHECKING:
    from cnnviz.networks.graph import Graph
    from cnnviz.networks.network import Network

GREY = 127
"""The square's value in every channel, 0..255."""
CELLS = 16
"""Most cells of the heat map in a row or column."""


class Occlusion(Method):
    """The share of the class's probability that is lost when a square covers the position.

    Parts: `probabilities` float32 [h, w, classes], of the picture covered at each position, and
    `uncovered` float32 [classes]. Facts: `side` of the square, in pixels.
    """

    name = "occlusion"
    needs_gradients = False

    def compute(
        self,
        network: Network,
        image: np.ndarray,
        target: int,
        *,
        layer: str | None = None,
        progress: Progress = unreported,
    ) -> HeatMap:
        """Compute the heat map; `layer` is ignored."""
        logit(network.graph, target)  # raises if there is no such class
        (rows, cols), size = grid(image), side(image)
        found = [network.predict(image[np.newaxis])]
        cells = [(i, j) for i in range(rows) for j in range(cols)]
        for start in range(0, len(cells), BATCH):
            part = np.stack([covered(image, i, j) for i, j in cells[start : start + BATCH]])
            found.append(network.predict(part))
            progress(min(1.0, (start + BATCH) / len(cells)))
        uncovered, *rest = np.concatenate(found)
        probabilities = np.reshape(rest, (rows, cols, -1))
        return HeatMap(
            self.name,
            lost(probabilities[..., target], uncovered[target]),
            {"probabilities": probabilities, "uncovered": uncovered},
            {"side": size},
        )

    def take_apart(self, heat_map: HeatMap, i: int, j: int) -> Cell:
        """Return a term for each class: its probability without the square (weight) and with it (value)."""
        covered, uncovered = heat_map.parts["probabilities"][i, j], heat_map.parts["uncovered"]
        order = np.argsort(-covered, kind="stable")
        terms = tuple(Term(int(k), float(uncovered[k]), float(covered[k])) for k in order)
        return Cell(terms, terms[0].value, float(heat_map.values[i, j]))

    def code(self, graph: Graph, target: int, layer: str | None = None) -> list[str]:
        """Return the lines of a program; `layer` is ignored."""
        logit(graph, target)  # raises if there is no such class
        empty = np.zeros(graph.input_shape, np.uint8)
        (height, width), (rows, cols), size = empty.shape[:2], grid(empty), side(empty)
        return [
            "covered = []",
            f"for i in range({rows}):",
            f"    for j in range({cols}):",
            f"        top = round((i + 0.5) * {height} / {rows} - {size} / 2)",
            f"        left = round((j + 0.5) * {width} / {cols} - {size} / 2)",
            "        picture = image.copy()",
            f"        picture[max(0, top) : top + {size}, max(0, left) : left + {size}] = {GREY}",
            "        covered.append(picture)",
            f"before = net.predict(image[np.newaxis])[0, {target}]",
            f"after = net.predict(np.stack(covered))[:, {target}].reshape({rows}, {cols})",
            "result = np.clip(1 - after / before, 0, 1)",
        ]


def lost(covered: np.ndarray, uncovered: float) -> np.ndarray:
    """Return the share of a probability that is lost, float32 in [0, 1]; 0 where it has grown.

    >>> lost(np.array([0.2, 0.5, 0.9]), 0.8).round(3).tolist()
    [0.75, 0.375, 0.0]
    """
    if uncovered <= 0:
        return np.zeros(np.shape(covered), np.float32)
    return np.clip(1 - np.asarray(covered) / uncovered, 0, 1).astype(np.float32)


def side(image: np.ndarray) -> int:
    """Return the side in pixels of the square for a picture [H, W, C]: a quarter of its shorter side."""
    return max(1, min(image.shape[:2]) // 4)


def grid(image: np.ndarray) -> tuple[int, int]:
    """Return the number of rows and columns of the heat map of a picture [H, W, C]."""
    rows, cols = image.shape[:2]
    return min(rows, CELLS), min(cols, CELLS)


def box(image: np.ndarray, i: int, j: int) -> tuple[int, int, int, int]:
    """Return (top, left, bottom, right) in pixels of the square, whose middle is that of cell (i, j)."""
    (rows, cols), size = grid(image), side(image)
    height, width = image.shape[:2]
    top = round((i + 0.5) * height / rows - size / 2)
    left = round((j + 0.5) * width / cols - size / 2)
    return max(0, top), max(0, left), min(height, top + size), min(width, left + size)


def covered(image: np.ndarray, i: int, j: int) -> np.ndarray:
    """Return a picture, uint8 [H, W, C], with the square over cell (i, j)."""
    top, left, bottom, right = box(image, i, j)
    made = image.copy()
    made[top:bottom, left:right] = GREY
    return made
