"""Base class of layers with several inputs, such as addition."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.layers.base import Field, Layer


@dataclass(frozen=True)
class Joining(Layer):
    """A layer that merges several inputs; in the builder it ends a skip connection.

    Attributes:
        back: number of blocks that the skip connection spans in a builder stack.
    """

    back: int = 2

    group = "joining"
    part = "join"
    inputs = (2, 100)
    fields = (Field("back", "back", 1, 19, skip=True),)

    @property
    def skip_distance(self) -> int:
        """Number of blocks that the skip connection spans."""
        return self.back
