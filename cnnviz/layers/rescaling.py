"""Rescaling by fixed numbers, as of pixels at the start of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Incompatibility, Layer, LayerGradients, Shape, SlidingOp, as_maps


@dataclass(frozen=True)
class Rescaling(Layer):
    """`x * scale + offset`; training changes neither.

    Attributes:
        scale, offset: one number each, or one per channel.
    """

    scale: tuple[float, ...] = (2.0,)
    offset: tuple[float, ...] = (-1.0,)

    kind = "rescaling"
    equation = r"y_{i,j,c} = x_{i,j,c} \cdot s_c + t_c"
    name_prefix = "rescaling"
    abbreviation = "rs"
    channelwise = True

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return "shapes" if there is another number of channels, or None."""
        return None if {len(self.scale), len(self.offset)} <= {1, shapes[0][-1]} else "shapes"

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return one product per number."""
        return prod(shapes[0])

    def _arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Return scale and offset, float32 [1] or [C]."""
        return np.array(self.scale, np.float32), np.array(self.offset, np.float32)

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return an array of the shape of the input."""
        scale, offset = self._arrays()
        return inputs[0] * scale + offset

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient times the scale."""
        return LayerGradients((upstream * self._arrays()[0],))

    def call(self) -> Call:
        """Return `Rescaling(...)`."""
        scale, offset = (each[0] if len(each) == 1 else list(each) for each in (self.scale, self.offset))
        return Call("Rescaling", (scale,), {} if self.offset == (0.0,) else {"offset": offset})

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 convolution of one map: its scale as the kernel, its offset as the bias."""
        if inputs[0].ndim == 1:
            return None
        scale, offset = (float(each[map % len(each)]) for each in self._arrays())
        x = as_maps(inputs[0])[..., map : map + 1]
        return SlidingOp("conv", x, Window(1), np.full((1, 1, 1), scale), offset, sources=((0, map),))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return the formula."""
        return [f"result = x * np.array({list(self.scale)}) + np.array({list(self.offset)})"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the formula on a tensor."""
        return [f"result = (tf.constant(x, tf.float32) * {list(self.scale)} + {list(self.offset)}).numpy()"]
