"""Hard swish: a swish made of simpler operations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call


@dataclass(frozen=True)
class HardSwish(Activation):
    """`x * min(max(x + 3, 0), 6) / 6`, elementwise.

    Source: Howard et al., "Searching for MobileNetV3", 2019, https://arxiv.org/abs/1905.02244
    """

    kind = "hard_swish"
    name_prefix = "hard_swish"
    abbreviation = "hw"
    formula = "{x} × min(6, max(0, {x} + 3)) / 6"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `x * min(max(x + 3, 0), 6) / 6`."""
        x = inputs[0]
        return x * (np.clip(x + x.dtype.type(3), 0, 6) / x.dtype.type(6))

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return 0 below -3, 1 above 3, `(2x + 3) / 6` between."""
        between = (2 * x + x.dtype.type(3)) / x.dtype.type(6)
        return np.where(x <= -3, x.dtype.type(0), np.where(x < 3, between, x.dtype.type(1)))

    def call(self) -> Call:
        """Return `Activation("hard_silu")`."""
        return Call("Activation", ("hard_silu",))

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula."""
        return ["result = x * np.clip(x + 3, 0, 6) / 6"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula with `tf.nn.relu6`."""
        return ["result = (x * tf.nn.relu6(x + 3) / 6).numpy()"]
