"""Global average pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Incompatibility, Layer, LayerGradients, Shape, SlidingOp


@dataclass(frozen=True)
class GlobalAveragePool(Layer):
    """The mean of each map: [H, W, C] -> [C]."""

    kind = "global_average_pool"
    equation = r"y_c = \frac{1}{H \cdot W} \sum_{i,j} x_{i,j,c}"
    name_prefix = "global_pool"
    abbreviation = "g"
    group = "pooling"
    part = "vector"

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return None if len(shapes[0]) == 3 else "needs_maps"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [C]."""
        return shapes[0][-1:]

    def receptive_field(self, fields: Any, shapes: Any) -> None:
        """Return None: a mean depends on the whole image."""

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

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a window as large as one map."""
        x = inputs[0][..., map : map + 1]
        return SlidingOp("average", x, Window(x.shape[:2]), sources=((0, map),))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `np.mean`."""
        return ["result = np.mean(x, axis=(0, 1))"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.reduce_mean`."""
        return ["result = tf.reduce_mean(x, axis=[0, 1]).numpy()"]
