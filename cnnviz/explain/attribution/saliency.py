"""Saliency: how much the class's score changes with each pixel.

Source: Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks: Visualising Image
Classification Models and Saliency Maps", 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.explain.attribution.base import (
    Cell,
    HeatMap,
    Method,
    Progress,
    Term,
    logit,
    unreported,
)

if TYPE_CHECKING:
    from cnnviz.networks.network import Network


class Saliency(Method):
    """The largest absolute gradient of the class's logit over a pixel's channels.

    Parts: `gradients` float32 [H, W, C].
    """

    name = "saliency"

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
        gradients = network.gradients(image, logit(network, target), weights=False).image
        progress(1.0)
        return HeatMap(self.name, np.abs(gradients).max(axis=-1), {"gradients": gradients})

    def take_apart(self, heat_map: HeatMap, i: int, j: int) -> Cell:
        """Return a term for each channel: the gradient. The value is the largest of them by size."""
        return largest_channel(heat_map.parts["gradients"][i, j])


def largest_channel(gradients: np.ndarray) -> Cell:
    """Take apart the largest absolute value of channels, [C]."""
    order = np.argsort(-np.abs(gradients), kind="stable")
    terms = tuple(Term(int(c), 1.0, float(gradients[c])) for c in order)
    return Cell(terms, terms[0].value, abs(terms[0].value))
