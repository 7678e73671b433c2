"""Dropout: while a network is trained, numbers are left out by chance; afterwards nothing happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from cnnviz.layers.base import Call, Field, Layer, Setting, Shape


@dataclass(frozen=True)
class Dropout(Layer):
    """Numbers left out while training.

    Attributes:
        rate: the share that is dropped, 0..1.
    """

    rate: float = 0.0

    kind = "dropout"
    word = "dropout"
    letters = "o"
    fields = (Field("rate", "rate", 0, 90),)
    channelwise = True
    page = None
    drawn = False
    training_only = True

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the input as it is."""
        return inputs[0]

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
    def fresh(cls) -> Self:
        """Return a layer that drops 20%."""
        return cls("", 0.2)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return what it does outside training: nothing."""
        return ["result = x  # dropout changes nothing outside training"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the same."""
        return self.numpy_code(*shapes)
