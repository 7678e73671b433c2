"""Flattening: maps become one vector."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from cnnviz.layers.base import Call, Layer, Shape


@dataclass(frozen=True)
class Flatten(Layer):
    """All numbers in a row: rows, then columns, then channels, the order of Keras."""

    kind = "flatten"
    word = "flatten"
    letters = "f"
    page = "dense"
    part = "vector"
    drawn = False

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [n]."""
        return (prod(shapes[0]),)

    def receptive_field(self, fields: Any, shapes: Any) -> None:
        """Return None: a vector stands for the whole image."""

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [n]."""
        return inputs[0].reshape(-1)

    def call(self) -> Call:
        """Return `Flatten()`."""
        return Call("Flatten")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `reshape`."""
        return ["result = x.reshape(-1)"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.reshape`."""
        return ["result = tf.reshape(x, [-1]).numpy()"]
