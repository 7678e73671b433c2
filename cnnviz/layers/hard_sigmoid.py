"""Hard sigmoid: a sigmoid made of straight lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call


@dataclass(frozen=True)
class HardSigmoid(Activation):
    """`min(max(x + 3, 0), 6) / 6`, elementwise.

    Source: Howard et al., "Searching for MobileNetV3", 2019, https://arxiv.org/abs/1905.02244
    """

    kind = "hard_sigmoid"
    name_prefix = "hard_sigmoid"
    abbreviation = "hs"
    formula = "min(6, max(0, {x} + 3)) / 6"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `min(max(x + 3, 0), 6) / 6`."""
        x = inputs[0]
        return np.clip(x + x.dtype.type(3), 0, 6) / x.dtype.type(6)

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return 1/6 between -3 and 3, else 0."""
        return ((x > -3) & (x < 3)) / x.dtype.type(6)

    def call(self) -> Call:
        """Return `Activation("hard_sigmoid")`."""
        return Call("Activation", ("hard_sigmoid",))

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula."""
        return ["result = np.clip(x + 3, 0, 6) / 6"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return the formula with `tf.nn.relu6`."""
        return ["result = (tf.nn.relu6(x + 3) / 6).numpy()"]
