"""What layers of several inputs share: in a visitor's stack they are where a skip connection ends."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.layers.base import Field, Layer


@dataclass(frozen=True)
class Joining(Layer):
    """One output of several inputs.

    Attributes:
        back: in a visitor's stack: over how many blocks it is a skip connection.
    """

    back: int = 2

    inputs = (2, 8)
    fields = (Field("back", "back", 1, 19),)

    @property
    def skips(self) -> int:
        """Over how many blocks it reaches back."""
        return self.back
