"""Saliency: how much the class's score changes with each pixel.

Source: Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks: Visualising Image
Classification Models and Saliency Maps", 2014.
"""

from __future__ import annotations

import numpy as np

from cnnviz.explain.attribution.base import Cell, GradientMethod, HeatMap, Term, gradients_code
from cnnviz.networks.gradients import Gradients
from cnnviz.networks.graph import Graph


class Saliency(GradientMethod):
    """The largest absolute gradient of the class's logit over a pixel's channels.

    Parts: `gradients` float32 [H, W, C].
    """

    name = "saliency"

    def from_gradients(self, graph: Graph, found: Gradients, layer: str | None = None) -> HeatMap:
        """Return the heat map; `layer` is ignored."""
        return HeatMap(self.name, np.abs(found.image).max(axis=-1), {"gradients": found.image})

    def take_apart(self, heat_map: HeatMap, i: int, j: int) -> Cell:
        """Return a term for each channel: the gradient. The value is the largest of them by size."""
        return largest_channel(heat_map.parts["gradients"][i, j])

    def code(self, graph: Graph, target: int, layer: str | None = None) -> list[str]:
        """Return the lines of a program; `layer` is ignored."""
        return [gradients_code(graph, target), "result = np.abs(found.image).max(axis=-1)"]


def largest_channel(gradients: np.ndarray) -> Cell:
    """Take apart the largest absolute value of channels, [C]."""
    order = np.argsort(-np.abs(gradients), kind="stable")
    terms = tuple(Term(int(c), 1.0, float(gradients[c])) for c in order)
    return Cell(terms, terms[0].value, abs(terms[0].value))
