"""Hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call


@dataclass(frozen=True)
class Tanh(Activation):
    """`tanh(x)`, elementwise."""

    kind = "tanh"
    name_prefix = "tanh"
    abbreviation = "th"
    formula = "tanh({x})"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `tanh(x)`."""
        return ops.tanh(inputs[0])

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return `1 - tanh(x) ** 2`."""
        return 1 - ops.tanh(x) ** 2

    def call(self) -> Call:
        """Return `Activation("tanh")`."""
        return Call("Activation", ("tanh",))

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula."""
        return ["result = np.tanh(x)"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `tf.tanh`."""
        return ["result = tf.tanh(x).numpy()"]
