"""ReLU6: min(max(x, 0), 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call


@dataclass(frozen=True)
class Relu6(Activation):
    """`min(max(x, 0), 6)`, elementwise."""

    kind = "relu6"
    name_prefix = "relu6_"
    abbreviation = "r6"
    formula = "min(6, max(0, {x}))"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `min(max(x, 0), 6)`."""
        return ops.relu6(inputs[0])

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return 1 between 0 and 6, else 0."""
        return ((x > 0) & (x < 6)).astype(x.dtype)

    def call(self) -> Call:
        """Return `ReLU(max_value=6)`."""
        return Call("ReLU", (), {"max_value": 6})

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula."""
        return ["result = np.clip(x, 0, 6)"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `tf.nn.relu6`."""
        return ["result = tf.nn.relu6(x).numpy()"]
