"""Global max pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Incompatibility, Layer, LayerGradients, Shape, SlidingOp


@dataclass(frozen=True)
class GlobalMaxPool(Layer):
    """The largest number of each map: [H, W, C] -> [C]."""

    kind = "global_max_pool"
    equation = r"y_c = \max_{i,j} x_{i,j,c}"
    name_prefix = "global_max"
    abbreviation = "gm"
    group = "pooling"
    part = "vector"

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return None if len(shapes[0]) == 3 else "needs_maps"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [C]."""
        return shapes[0][-1:]

    def receptive_field(self, fields: Any, shapes: Any) -> None:
        """Return None: a maximum depends on the whole image."""

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the maxima, [C]."""
        return inputs[0].max(axis=(0, 1))

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradient at the input: each map's, at the places of its maximum in equal shares."""
        largest = inputs[0] == self.compute(*inputs)
        shares = largest / largest.sum(axis=(0, 1))
        return LayerGradients(((shares * upstream).astype(upstream.dtype),))

    def call(self) -> Call:
        """Return `GlobalMaxPooling2D()`."""
        return Call("GlobalMaxPooling2D")

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a window as large as one map."""
        x = inputs[0][..., map : map + 1]
        return SlidingOp("max", x, Window(x.shape[:2]), sources=((0, map),))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `np.max`."""
        return ["result = np.max(x, axis=(0, 1))"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.reduce_max`."""
        return ["result = tf.reduce_max(x, axis=[0, 1]).numpy()"]
