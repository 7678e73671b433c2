"""Leaky ReLU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.errors import invalid
from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Call, Field, Setting, SlidingOp
from cnnviz.text.numbers import constant


@dataclass(frozen=True)
class LeakyRelu(Activation):
    """`x` where it is above zero, `slope * x` elsewhere.

    Attributes:
        slope: >= 0; up to 1 in the builder, while a file may have any.

    Raises:
        CnnvizError: if it is below 0.
    """

    slope: float = 0.3

    kind = "leaky_relu"
    name_prefix = "leaky_relu"
    abbreviation = "lr"
    fields = (Field("slope", "slope", 0, 100),)
    formula = "max({x}, SLOPE × {(x)})"  # as the slope is not above 1

    def __post_init__(self) -> None:
        if self.slope < 0:
            raise invalid("slope", "must be >= 0", self.slope)

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `x` above zero, `slope * x` elsewhere."""
        return ops.leaky_relu(inputs[0], self.slope)

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Return 1 above 0, else the slope."""
        return np.where(x > 0, x.dtype.type(1), x.dtype.type(self.slope))

    def call(self) -> Call:
        """Return `LeakyReLU(...)`, with an explicit slope even if it is Keras' default."""
        return Call("LeakyReLU", (), {"negative_slope": self.slope})

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 window over one map, with the slope in the formula."""
        op = super().sliding_op(inputs, weights, map)
        formula = self.formula.replace("SLOPE", str(self.slope))
        if self.slope > 1:
            formula = f"max(0, {{x}}) + {constant(self.slope)} × min(0, {{x}})"
        return op and replace(op, formula=formula)

    def settings(self) -> dict[str, Setting]:
        """Return the slope in percent."""
        return {"slope": round(100 * self.slope)}

    @classmethod
    def from_settings(cls, name: str, **settings: Any) -> Self:
        """Return a layer whose slope is `slope` percent."""
        cls.fields[0].check(settings["slope"], cls.kind)
        return cls(name, settings["slope"] / 100)

    @classmethod
    def default(cls) -> Self:
        """Return a slope of 0.1."""
        return cls("", 0.1)

    def numpy_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `np.where`."""
        return [f"result = np.where(x > 0, x, {self.slope} * x)"]

    def tensorflow_code(self, *shapes: tuple[int, ...]) -> list[str]:
        """Return `tf.nn.leaky_relu`."""
        return [f"result = tf.nn.leaky_relu(x, alpha={self.slope}).numpy()"]
