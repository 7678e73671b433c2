"""Grad-CAM: the maps of a layer, each weighted by how much the class's score grows with it.

Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", 2017.
"""

from __future__ import annotations

import numpy as np

from cnnviz.explain.attribution.base import (
    Cell,
    GradientMethod,
    HeatMap,
    gradients_code,
    map_layers,
    sorted_terms,
)
from cnnviz.networks.gradients import Gradients
from cnnviz.networks.graph import Graph


class GradCam(GradientMethod):
    """ReLU(sum over maps k of w[k] * map[k]), w[k] = the mean gradient of the class's logit over map k.

    Parts: `maps` float32 [C, h, w] and `weights` float32 [C].
    """

    name = "grad_cam"
    needs_layer = True

    def from_gradients(self, graph: Graph, found: Gradients, layer: str | None = None) -> HeatMap:
        """Return the heat map of the maps of `layer`; None = the last of `map_layers`."""
        layer = layer or list(map_layers(graph).values())[-1]
        maps, weights = found.activations[layer], found.outputs[layer].mean(axis=(0, 1))
        values = np.maximum(0, maps @ weights)
        return HeatMap(
            self.name, values, {"maps": np.ascontiguousarray(np.moveaxis(maps, -1, 0)), "weights": weights}
        )

    def take_apart(self, heat_map: HeatMap, i: int, j: int) -> Cell:
        """Return a term for each map: its weight, and its value in the cell."""
        terms = sorted_terms(heat_map.parts["weights"], heat_map.parts["maps"][:, i, j])
        total = sum(term.product for term in terms)
        return Cell(terms, total, max(0.0, total))

    def code(self, graph: Graph, target: int, layer: str | None = None) -> list[str]:
        """Return the lines of a program; `layer` as for `from_gradients`."""
        layer = layer or list(map_layers(graph).values())[-1]
        shape = graph.shape(layer)
        return [
            gradients_code(graph, target),
            f'maps = found.activations["{layer}"]  # {shape}',
            f'weights = found.outputs["{layer}"].mean(axis=(0, 1))  # {shape[-1:]}',
            "result = np.maximum(0, maps @ weights)",
        ]
