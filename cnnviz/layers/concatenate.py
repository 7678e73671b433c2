"""Concatenation: several layers' maps behind one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Misfit, Shape, Slide, as_maps
from cnnviz.layers.joining import Joining


@dataclass(frozen=True)
class Concatenate(Joining):
    """The channels of its inputs behind one another: [H, W, C1], [H, W, C2] -> [H, W, C1 + C2]."""

    kind = "concatenate"
    word = "concat"
    letters = "cat"

    def misfit(self, *shapes: Shape) -> Misfit | None:
        """Return why it cannot join inputs of these shapes, or None if it can."""
        return None if len({shape[:-1] for shape in shapes}) == 1 else "shapes"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [H, W, C1 + C2 + ...]."""
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the inputs' channels in a row."""
        return ops.concatenate(*inputs)

    def call(self) -> Call:
        """Return `Concatenate()`."""
        return Call("Concatenate")

    def slide(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> Slide | None:
        """Return the one map that it is, with a weight of 1."""
        if inputs[0].ndim == 1:
            return None
        ends = list(accumulate(x.shape[-1] for x in inputs))
        place = next(k for k, end in enumerate(ends) if map < end)
        own = map - ends[place]  # counted from the end of its input
        x = as_maps(inputs[place])[..., own : own + 1 or None]
        return Slide("conv", x, Window(1), np.ones((1, 1, 1)))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `np.concatenate`."""
        return ["result = np.concatenate(xs, axis=-1)"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.concat`."""
        return ["result = tf.concat(xs, axis=-1).numpy()"]
