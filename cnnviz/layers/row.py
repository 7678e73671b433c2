"""One row of a picture as a signal: for layers that work along a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.layers.base import Call, Layer, Misfit, Shape, Slide


@dataclass(frozen=True)
class Row(Layer):
    """The middle row of maps: [H, W, C] -> [W, C], row H // 2."""

    kind = "row"
    word = "row"
    letters = "row"
    channelwise = True

    def misfit(self, *shapes: Shape) -> Misfit | None:
        """Return why it cannot take an input of this shape, or None if it can."""
        return None if len(shapes[0]) == 3 else "needs_maps"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [W, C]."""
        return shapes[0][1:]

    def receptive_field(
        self, fields: Sequence[ReceptiveField | None], shapes: Sequence[Shape]
    ) -> ReceptiveField | None:
        """Return what a cell of the middle row sees; its row is then row 0."""
        (field,) = fields
        if field is None:
            return None
        row = field.start[0] + shapes[0][0] // 2 * field.jump[0]
        return ReceptiveField(field.size, field.jump, (row, field.start[1]))

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [W, C]."""
        return inputs[0][len(inputs[0]) // 2]

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return a crop to one row, whose axis is then left out."""
        height, width, channels = shapes[0]
        above = height // 2
        cropping = ((above, height - above - 1), (0, 0))
        return Call("Cropping2D", (cropping,)), Call("Reshape", ((width, channels),))

    def slide(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> Slide | None:
        """Return a window of one cell over the row of one map, with a weight of 1."""
        x, row = inputs[0], len(inputs[0]) // 2
        return Slide("conv", x[row : row + 1, :, map : map + 1], Window(1), np.ones((1, 1, 1)))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return an index."""
        return [f"result = x[{shapes[0][0] // 2}]"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the same of a tensor."""
        return [f"result = tf.constant(x)[{shapes[0][0] // 2}].numpy()"]
