"""The sanity check of a method: with random weights its heat map should fall apart.

Weights are made random from the output back to the picture, one more layer each time (cascading). All with
NumPy: no Keras model has to be built for weights that are used once.

Source: Adebayo et al., "Sanity Checks for Saliency Maps", 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.explain.attribution.base import GradientMethod, Progress, logit, unreported
from cnnviz.explain.gradients import backpropagate
from cnnviz.networks.builder import random_weights
from cnnviz.networks.graph import Graph
from cnnviz.networks.weights import Weights

SEED = 0


@dataclass(frozen=True, eq=False)
class Stage:
    """A heat map on the way from the trained weights to random ones.

    Attributes:
        layer: the last layer made random, as are all with weights behind it; None if none is.
        values: float32 [h, w], the heat map.
        similarity: with that of the trained weights, as `rank_correlation`; NaN if a map is the same
            everywhere.
    """

    layer: str | None
    values: np.ndarray
    similarity: float


def cascade(
    method: GradientMethod,
    graph: Graph,
    weights: Weights,
    x: np.ndarray,
    target: int,
    *,
    layer: str | None = None,
    progress: Progress = unreported,
) -> tuple[Stage, ...]:
    """Compute a heat map for the trained weights, and one for each layer with a kernel made random.

    Args:
        method: computes the maps.
        graph, weights: the trained network.
        x: float32 [H, W, C], the preprocessed picture.
        target: index of the class.
        layer: a layer with maps, for methods with `needs_layer`.
        progress: see `Progress`.

    Raises:
        CnnvizError: if there is no such class or layer.
    """
    method.check_layer(graph, layer)
    score = logit(graph, target)
    steps = [(None, weights), *randomised(graph, weights)]
    stages: list[Stage] = []
    for name, each in steps:
        found = backpropagate(graph, each, x, score, of_weights=False)
        values = method.from_gradients(graph, found, layer).values
        true = stages[0].values if stages else values
        stages.append(Stage(name, values, rank_correlation(true, values)))
        progress(len(stages) / len(steps))
    return tuple(stages)


def randomised(graph: Graph, weights: Weights) -> list[tuple[str, Weights]]:
    """Return (layer, weights) for each layer with a kernel, the last first: it and all behind it are random.

    A normalisation is made new together with the layer before it. The random weights are those that training
    could have started with, by `SEED`.
    """
    drawn = random_weights(graph, SEED)
    found: list[tuple[str, Weights]] = []
    mixed = dict(weights)
    for info in reversed(graph.layers):
        own = [f"{info.name}.{weight}" for weight in info.weight_shapes]
        mixed = {**mixed, **{name: drawn[name] for name in own}}
        if any(name.endswith("kernel") for name in own):
            found.append((info.name, mixed))
    return found


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Return Spearman's rank correlation of two maps of one size, in -1..1; NaN if one is constant.

    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 15.0]))
    0.5
    """
    left, right = (_ranks(each) for each in (a, b))
    left, right = left - left.mean(), right - right.mean()
    size = float(np.sqrt((left @ left) * (right @ right)))
    return float(left @ right) / size if size else float("nan")


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value, float64 [N]; equal values share the mean of their ranks."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[which.ravel()]
