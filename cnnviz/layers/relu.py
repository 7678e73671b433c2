"""ReLU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call


@dataclass(frozen=True)
class Relu(Activation):
    """`max(x, 0)`, elementwise."""

    kind = "relu"
    name_prefix = "relu"
    abbreviation = "r"
    page = "relu"
    formula = "max(0, {x})"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `max(x, 0)`."""
        return ops.relu(inputs[0])

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return 1 above 0, else 0."""
        return (x > 0).astype(x.dtype)

    def call(self) -> Call:
        """Return `ReLU()`."""
        return Call("ReLU")

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `np.maximum`."""
        return ["result = np.maximum(x, 0)"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `tf.nn.relu`."""
        return ["result = tf.nn.relu(x).numpy()"]
