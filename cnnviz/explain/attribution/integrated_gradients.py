"""Integrated gradients: each pixel's share of the class's score on the path from black to the picture.

Source: Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", 2017.
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
    logit,
    sorted_terms,
    unreported,
)
from cnnviz.networks.network import gradients_at_once

if TYPE_CHECKING:
    from cnnviz.networks.graph import Graph
    from cnnviz.networks.network import Network

STEPS = 128
"""Pictures on the way, each in the middle of its part of it."""


class IntegratedGradients(Method):
    """The picture's difference from black times the mean gradient on the way, summed over channels.

    All values together are the class's logit for the picture minus that for black (completeness), as far
    as `STEPS` pictures approximate the whole path.

    Parts: `difference` and `gradients`, float32 [H, W, C]. Facts: `total`, the sum of all values; `logit`
    and `logit_of_black`; `steps`.
    """

    name = "integrated_gradients"
    signed = True

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
        score = logit(network.graph, target)
        x, baseline = network.data_set.preprocess(np.stack([image, np.zeros_like(image)]))
        ends, _ = network.image_gradients(np.stack([x, baseline]), [target] * 2, score.of)
        shares = ((np.arange(STEPS) + 0.5) / STEPS).astype(np.float32)[:, None, None, None]
        total = np.zeros(x.shape, np.float64)
        size = gradients_at_once(network.graph, BATCH)
        for start in range(0, STEPS, size):
            way = baseline + shares[start : start + size] * (x - baseline)
            _, found = network.image_gradients(way, [target] * len(way), score.of)
            total += found.sum(axis=0, dtype=np.float64)
            progress(min(1.0, (start + size) / STEPS))
        gradients = (total / STEPS).astype(np.float32)
        values = (gradients * (x - baseline)).sum(axis=-1)
        return HeatMap(
            self.name,
            values,
            {"difference": x - baseline, "gradients": gradients},
            {
                "total": float(values.sum(dtype=np.float64)),
                "logit": float(ends[0]),
                "logit_of_black": float(ends[1]),
                "steps": STEPS,
            },
        )

    def take_apart(self, heat_map: HeatMap, i: int, j: int) -> Cell:
        """Return a term for each channel: the mean gradient on the way, and the difference from black."""
        terms = sorted_terms(heat_map.parts["gradients"][i, j], heat_map.parts["difference"][i, j])
        total = sum(term.product for term in terms)
        return Cell(terms, total, total)

    def code(self, graph: Graph, target: int, layer: str | None = None) -> list[str]:
        """Return the lines of a program; `layer` is ignored."""
        score = logit(graph, target)
        return [
            "black = net.data_set.preprocess(np.zeros_like(image))",
            "gradients = np.zeros_like(x)",
            f"for k in range({STEPS}):",
            f"    at = black + np.float32((k + 0.5) / {STEPS}) * (x - black)",
            f'    value, found = net.image_gradients(at[np.newaxis], [{target}], "{score.of}")',
            f"    gradients += found[0] / {STEPS}",
            "result = ((x - black) * gradients).sum(axis=-1)",
        ]
