"""SmoothGrad: the saliency of a picture, averaged over noisy copies of it.

Source: Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.explain.attribution.base import (
    Cell,
    HeatMap,
    Method,
    Progress,
    logit,
    sorted_terms,
    unreported,
)
from cnnviz.networks.network import gradients_at_once

if TYPE_CHECKING:
    from cnnviz.networks.graph import Graph
    from cnnviz.networks.network import Network

COPIES = 16
NOISE = 0.15
"""Standard deviation of the noise, as a share of the distance from the picture's lowest to highest number."""
SEED = 0


class SmoothGrad(Method):
    """The mean over noisy copies of the largest absolute gradient over a pixel's channels.

    Parts: `copies` float32 [N, H, W], the saliency of each copy.
    """

    name = "smooth_grad"

    def compute(
        self,
        network: Network,
        image: np.ndarray,
        target: int,
        *,
        layer: str | None = None,
        progress: Progress = unreported,
    ) -> HeatMap:
        """Compute the heat map; `layer` is ignored. The noise is the same each time."""
        score, x = logit(network.graph, target), network.data_set.preprocess(image)
        noisy, parts = x + noise(x), []
        size = gradients_at_once(network.graph, COPIES)
        for start in range(0, COPIES, size):
            part = noisy[start : start + size]
            _, gradients = network.image_gradients(part, [target] * len(part), score.of)
            parts.append(np.abs(gradients).max(axis=-1))
            progress(min(1.0, (start + size) / COPIES))
        copies = np.concatenate(parts)
        return HeatMap(self.name, copies.mean(axis=0), {"copies": copies})

    def take_apart(self, heat_map: HeatMap, i: int, j: int) -> Cell:
        """Return a term for each copy: its share of the mean, and its saliency."""
        values = heat_map.parts["copies"][:, i, j]
        terms = sorted_terms(np.full(len(values), 1 / len(values)), values)
        total = sum(term.product for term in terms)
        return Cell(terms, total, total)

    def code(self, graph: Graph, target: int, layer: str | None = None) -> list[str]:
        """Return the lines of a program; `layer` is ignored."""
        score = logit(graph, target)
        return [
            f"spread = {NOISE} * float(x.max() - x.min())",
            f"noise = np.random.default_rng({SEED}).normal(0, spread, ({COPIES}, *x.shape))",
            "copies = x + noise.astype(np.float32)",
            f'values, gradients = net.image_gradients(copies, [{target}] * {COPIES}, "{score.of}")',
            "result = np.abs(gradients).max(axis=-1).mean(axis=0)",
        ]


def noise(x: np.ndarray) -> np.ndarray:
    """Return the noise of all copies of a preprocessed picture: float32 [N, H, W, C]."""
    spread = NOISE * float(x.max() - x.min())
    return np.random.default_rng(SEED).normal(0, spread, (COPIES, *x.shape)).astype(np.float32)
