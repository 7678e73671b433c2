"""Grad-CAM: the maps of a layer, each weighted by how much the class's score grows with it.

Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import invalid
from cnnviz.explain.attribution.base import (
    Cell,
    HeatMap,
    Method,
    Progress,
    logit,
    map_layers,
    sorted_terms,
    unreported,
)

if TYPE_CHECKING:
    from cnnviz.networks.network import Network


class GradCam(Method):
    """ReLU(sum over maps k of w[k] * map[k]), w[k] = the mean gradient of the class's logit over map k.

    Parts: `maps` float32 [C, h, w] and `weights` float32 [C].
    """

    name = "grad_cam"
    needs_layer = True

    def compute(
        self,
        network: Network,
        image: np.ndarray,
        target: int,
        *,
        layer: str | None = None,
        progress: Progress = unreported,
    ) -> HeatMap:
        """Compute the heat map of the maps of `layer`; None = the last of `map_layers`."""
        score = logit(network, target)
        layer = layer or list(map_layers(network.graph).values())[-1]
        if len(network.graph[layer].output_shape) != 3:
            raise invalid("layer", "must have maps", layer)
        found = network.gradients(image, score, weights=False)
        maps, weights = found.activations[layer], found.outputs[layer].mean(axis=(0, 1))
        values = np.maximum(0, maps @ weights)
        progress(1.0)
        return HeatMap(
            self.name, values, {"maps": np.ascontiguousarray(np.moveaxis(maps, -1, 0)), "weights": weights}
        )

    def take_apart(self, heat_map: HeatMap, i: int, j: int) -> Cell:
        """Return a term for each map: its weight, and its value in the cell."""
        terms = sorted_terms(heat_map.parts["weights"], heat_map.parts["maps"][:, i, j])
        total = sum(term.product for term in terms)
        return Cell(terms, total, max(0.0, total))
