"""ELU: below zero an exponential function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call


@dataclass(frozen=True)
class Elu(Activation):
    """`x` where it is above zero, `exp(x) - 1` elsewhere.

    Source: Clevert, Unterthiner and Hochreiter, 2015, https://arxiv.org/abs/1511.07289
    """

    kind = "elu"
    name_prefix = "elu"
    abbreviation = "el"
    formula = "max(0, {x}) + exp(min(0, {x})) - 1"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `x` above zero, `exp(x) - 1` elsewhere."""
        x = inputs[0]
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return 1 above 0, else `exp(x)`."""
        return np.exp(np.minimum(x, 0))

    def call(self) -> Call:
        """Return `Activation("elu")`."""
        return Call("Activation", ("elu",))

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula."""
        return ["result = np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `tf.nn.elu`."""
        return ["result = tf.nn.elu(x).numpy()"]
