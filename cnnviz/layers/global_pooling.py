"""Base of global average pooling and global max pooling: one window as large as the maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Incompatibility, Layer, Shape, SlidingOp


@dataclass(frozen=True)
class GlobalPooling(Layer):
    """One number of each map: [H, W, C] -> [C].

    Attributes:
        operation: as in `SlidingOp`.
    """

    operation: ClassVar[Literal["max", "average"]]
    group = "pooling"
    part = "vector"

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return None if len(shapes[0]) == 3 else "needs_maps"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [C]."""
        return shapes[0][-1:]

    def receptive_field(self, fields: Any, shapes: Any) -> None:
        """Return None: each number depends on the whole image."""

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a window as large as one map."""
        x = inputs[0][..., map : map + 1]
        return SlidingOp(self.operation, x, Window(x.shape[:2]), sources=((0, map),))
