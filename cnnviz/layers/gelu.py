"""GELU: every number times the probability that a normal variable is below it."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, pi, sqrt

import numpy as np

from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call

_erf = np.vectorize(erf, otypes=[float])


def _normal_share(x: np.ndarray) -> np.ndarray:
    """Return the share of a standard normal distribution below each number."""
    return (0.5 * (1 + _erf(x / sqrt(2)))).astype(x.dtype)


@dataclass(frozen=True)
class Gelu(Activation):
    """`x * (1 + erf(x / sqrt(2))) / 2`, elementwise.

    Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, https://arxiv.org/abs/1606.08415
    """

    kind = "gelu"
    name_prefix = "gelu"
    abbreviation = "ge"
    formula = "{x} × (1 + erf({x} / √2)) / 2"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `x * (1 + erf(x / sqrt(2))) / 2`."""
        return inputs[0] * _normal_share(inputs[0])

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return the share below x, plus x times the normal density at x."""
        return _normal_share(x) + x * np.exp(-x * x / 2) / x.dtype.type(sqrt(2 * pi))

    def call(self) -> Call:
        """Return `Activation("gelu")`."""
        return Call("Activation", ("gelu",))

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula; the error function is Python's."""
        return [
            "from math import erf, sqrt",
            "shares = np.array([0.5 * (1 + erf(value / sqrt(2))) for value in x.reshape(-1)])",
            "result = x * shares.reshape(x.shape)",
        ]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `tf.nn.gelu`."""
        return ["result = tf.nn.gelu(x).numpy()"]
