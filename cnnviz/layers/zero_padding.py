"""Zero padding as a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Field, Incompatibility, Layer, LayerGradients, Shape, SlidingOp


@dataclass(frozen=True)
class ZeroPadding(Layer):
    """A border of zeros around each map.

    Attributes:
        padding: p, (p_rows, p_cols) or ((top, bottom), (left, right)), as for `Window`; kept as p if it is
            the same on all sides.

    >>> ZeroPadding("z", ((1, 1), (1, 1))).padding, ZeroPadding("z", (1, 2)).padding
    (1, (1, 2))
    """

    padding: Any = 1

    kind = "zero_padding"
    name_prefix = "padding"
    abbreviation = "z"
    group = "shape"
    fields = (Field("padding", "border", 1, 8),)
    channelwise = True

    def __post_init__(self) -> None:
        same = self.padding
        while isinstance(same, list | tuple) and len(same) == 2 and same[0] == same[1]:
            same = same[0]
        if isinstance(same, int):
            object.__setattr__(self, "padding", same)  # the dataclass is frozen

    @property
    def sliding_window(self) -> Window:
        """A 1x1 window with padding."""
        return Window(1, padding=self.padding)

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return None if len(shapes[0]) == 3 else "needs_maps"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [top + H + bottom, left + W + right, C]."""
        height, width, channels = shapes[0]
        return (*self.sliding_window.output_size((height, width)), channels)

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the padded maps."""
        return ops.zero_pad(inputs[0], self.padding)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient without the border."""
        height, width, _ = inputs[0].shape
        (top, _), (left, _) = self.sliding_window.pads((height, width))
        return LayerGradients((upstream[top : top + height, left : left + width],))

    def call(self) -> Call:
        """Return `ZeroPadding2D(...)`."""
        return Call("ZeroPadding2D", (self.padding,))

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a padded 1x1 convolution of one map with weight 1."""
        x = inputs[0][..., map : map + 1]
        return SlidingOp("conv", x, self.sliding_window, np.ones((1, 1, 1)), sources=((0, map),))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `np.pad`."""
        return [f"result = np.pad(x, {self._all(shapes[0])})"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.pad`."""
        return [f"result = tf.pad(x, {self._all(shapes[0])}).numpy()"]

    def _all(self, shape: Shape) -> tuple[tuple[int, int], ...]:
        return (*self.sliding_window.pads((shape[0], shape[1])), (0, 0))
