"""Global average pooling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.layers.base import Call, LayerGradients, Shape
from cnnviz.layers.global_pooling import GlobalPooling


@dataclass(frozen=True)
class GlobalAveragePool(GlobalPooling):
    """The mean of each map: [H, W, C] -> [C]."""

    kind = "global_average_pool"
    equation = r"y_c = \frac{1}{H \cdot W} \sum_{i,j} x_{i,j,c}"
    name_prefix = "global_pool"
    abbreviation = "g"
    operation = "average"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the means, [C]."""
        return inputs[0].mean(axis=(0, 1))

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradient at the input: each map's in equal shares."""
        height, width, _ = inputs[0].shape
        return LayerGradients((np.broadcast_to(upstream / (height * width), inputs[0].shape),))

    def call(self) -> Call:
        """Return `GlobalAveragePooling2D()`."""
        return Call("GlobalAveragePooling2D")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `np.mean`."""
        return ["result = np.mean(x, axis=(0, 1))"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.reduce_mean`."""
        return ["result = tf.reduce_mean(x, axis=[0, 1]).numpy()"]
