"""Sigmoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call


@dataclass(frozen=True)
class Sigmoid(Activation):
    """`1 / (1 + exp(-x))`, elementwise."""

    kind = "sigmoid"
    name_prefix = "sigmoid"
    abbreviation = "sg"
    formula = "1 / (1 + exp({-x}))"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `1 / (1 + exp(-x))`."""
        return ops.sigmoid(inputs[0])

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return `s * (1 - s)`, where s is the sigmoid."""
        return ops.sigmoid(x) * (1 - ops.sigmoid(x))

    def call(self) -> Call:
        """Return `Activation("sigmoid")`."""
        return Call("Activation", ("sigmoid",))

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula."""
        return ["result = 1 / (1 + np.exp(-x))"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `tf.sigmoid`."""
        return ["result = tf.sigmoid(x).numpy()"]
