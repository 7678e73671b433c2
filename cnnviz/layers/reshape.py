"""Reshaping: the same numbers in another shape."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from cnnviz.layers.base import Call, Incompatibility, Layer, LayerGradients, Shape, map_shape


@dataclass(frozen=True)
class Reshape(Layer):
    """The numbers of the input in row-major order, in another shape.

    Attributes:
        target: the shape; () = [1, 1, n], one cell with all numbers as its channels.
    """

    target: tuple[int, ...] = ()

    kind = "reshape"
    name_prefix = "reshape"
    abbreviation = "re"
    group = "shape"
    drawn = False
    row_major = True
    page = None

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return "shapes" if the target has another number of numbers or axes, or None."""
        target = self.output_shape(*shapes)
        return None if prod(target) == prod(shapes[0]) and 1 <= len(target) <= 3 else "shapes"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the target."""
        return self.target or (1, 1, prod(shapes[0]))

    def is_drawn(self, *shapes: Shape) -> bool:
        """Return whether there are maps, and others than before."""
        made = self.output_shape(*shapes)
        return len(made) > 1 and map_shape(made) != map_shape(shapes[0])

    def receptive_field(self, fields: Any, shapes: Any) -> None:
        """Return None: a number may move anywhere."""

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the input in the new shape."""
        return inputs[0].reshape(self.output_shape(inputs[0].shape))

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient in the input's shape."""
        return LayerGradients((upstream.reshape(inputs[0].shape),))

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return `Reshape(...)`."""
        return (Call("Reshape", (self.output_shape(*shapes),)),)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `reshape`."""
        return [f"result = x.reshape({self.output_shape(*shapes)})"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.reshape`."""
        return [f"result = tf.reshape(x, {list(self.output_shape(*shapes))}).numpy()"]
