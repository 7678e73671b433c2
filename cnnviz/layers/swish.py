"""Swish, also called SiLU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import gradients, ops
from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call


@dataclass(frozen=True)
class Swish(Activation):
    """`x / (1 + exp(-x))`, elementwise."""

    kind = "swish"
    name_prefix = "swish"
    abbreviation = "sw"
    formula = "{x} / (1 + exp({-x}))"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `x * sigmoid(x)`."""
        return ops.swish(inputs[0])

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return `s * (1 + x * (1 - s))`, where s is the sigmoid."""
        return gradients.swish_derivative(x)

    def call(self) -> Call:
        """Return `Activation("swish")`."""
        return Call("Activation", ("swish",))

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula."""
        return ["result = x / (1 + np.exp(-x))"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `tf.nn.silu`."""
        return ["result = tf.nn.silu(x).numpy()"]
