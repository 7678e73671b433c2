"""Global max pooling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.layers.base import Call, LayerGradients, Shape
from cnnviz.layers.global_pooling import GlobalPooling


@dataclass(frozen=True)
class GlobalMaxPool(GlobalPooling):
    """The largest number of each map: [H, W, C] -> [C]."""

    kind = "global_max_pool"
    equation = r"y_c = \max_{i,j} x_{i,j,c}"
    name_prefix = "global_max"
    abbreviation = "gm"
    operation = "max"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the maxima, [C]."""
        return inputs[0].max(axis=(0, 1))

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradient at the input: each map's, in equal shares at the positions of its maximum."""
        largest = inputs[0] == self.compute(*inputs)
        shares = largest / largest.sum(axis=(0, 1))
        return LayerGradients(((shares * upstream).astype(upstream.dtype),))

    def call(self) -> Call:
        """Return `GlobalMaxPooling2D()`."""
        return Call("GlobalMaxPooling2D")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `np.max`."""
        return ["result = np.max(x, axis=(0, 1))"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.reduce_max`."""
        return ["result = tf.reduce_max(x, axis=[0, 1]).numpy()"]
