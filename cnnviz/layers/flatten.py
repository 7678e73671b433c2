"""Flattening of feature maps to a vector."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from cnnviz.layers.base import Call, Layer, LayerGradients, Shape


@dataclass(frozen=True)
class Flatten(Layer):
    """[H, W, C] -> [H * W * C] in row-major order, as in Keras."""

    kind = "flatten"
    name_prefix = "flatten"
    abbreviation = "f"
    group = "shape"
    page = "dense"
    part = "vector"
    drawn = False

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [n]."""
        return (prod(shapes[0]),)

    def receptive_field(self, fields: Any, shapes: Any) -> None:
        """Return None: the vector covers the whole image."""

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [n]."""
        return inputs[0].reshape(-1)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient in the input's shape."""
        return LayerGradients((upstream.reshape(inputs[0].shape),))

    def call(self) -> Call:
        """Return `Flatten()`."""
        return Call("Flatten")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `reshape`."""
        return ["result = x.reshape(-1)"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.reshape`."""
        return ["result = tf.reshape(x, [-1]).numpy()"]
