"""Dropout: active in training only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from cnnviz.errors import invalid
from cnnviz.layers.base import Call, Field, Layer, LayerGradients, Setting, Shape


@dataclass(frozen=True)
class Dropout(Layer):
    """Dropout, the identity outside training.

    Attributes:
        rate: the fraction of numbers set to zero in training, 0..1.

    Raises:
        CnnvizError: if it is not in that range.
    """

    rate: float = 0.0

    kind = "dropout"
    name_prefix = "dropout"
    abbreviation = "o"
    group = "dense"
    fields = (Field("rate", "rate", 0, 90),)
    channelwise = True
    page = None
    drawn = False
    training_only = True

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise invalid("rate", "must be in 0..1", self.rate)

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the input unchanged."""
        return inputs[0]

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient unchanged."""
        return LayerGradients((upstream,))

    def training_pass(self, x: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the input with a random share of its units off, and the others scaled by 1 / (1 - rate).

        So that the next layer gets sums of the same size as in inference. Source: Keras' `Dropout`.

        >>> x, off = Dropout("", 0.5).training_pass(np.ones(1000), np.random.default_rng(0))
        >>> np.unique(x).tolist(), int(off.sum())
        ([0.0, 2.0], 473)
        """
        off = generator.random(x.shape) < self.rate
        return np.where(off, 0, x / (1 - self.rate) if self.rate < 1 else 0).astype(x.dtype), off

    def call(self) -> Call:
        """Return `Dropout(...)`."""
        return Call("Dropout", (self.rate,))

    def settings(self) -> dict[str, Setting]:
        """Return the rate in percent."""
        return {"rate": round(100 * self.rate)}

    @classmethod
    def from_settings(cls, name: str, **settings: Any) -> Self:
        """Return a layer that drops `rate` percent."""
        cls.fields[0].check(settings["rate"], cls.kind)
        return cls(name, settings["rate"] / 100)

    @classmethod
    def default(cls) -> Self:
        """Return a dropout of 20%."""
        return cls("", 0.2)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return the identity."""
        return ["result = x"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the identity."""
        return self.numpy_code(*shapes)
