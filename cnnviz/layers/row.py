"""Extraction of the middle row as a signal, the input of 1-D convolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.layers.base import Call, Incompatibility, Layer, LayerGradients, Shape, SlidingOp


@dataclass(frozen=True)
class Row(Layer):
    """The middle row of maps: [H, W, C] -> [W, C], row H // 2."""

    kind = "row"
    name_prefix = "row"
    abbreviation = "row"
    group = "shape"
    channelwise = True

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return None if len(shapes[0]) == 3 else "needs_maps"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [W, C]."""
        return shapes[0][1:]

    def receptive_field(
        self, fields: Sequence[ReceptiveField | None], shapes: Sequence[Shape]
    ) -> ReceptiveField | None:
        """Return the receptive field of the middle row, as row 0 of the output."""
        (field,) = fields
        if field is None:
            return None
        row = field.start[0] + shapes[0][0] // 2 * field.jump[0]
        return ReceptiveField(field.size, field.jump, (row, field.start[1]))

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [W, C]."""
        return inputs[0][len(inputs[0]) // 2]

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient in the middle row, 0 elsewhere."""
        at_input = np.zeros(inputs[0].shape, upstream.dtype)
        at_input[len(at_input) // 2] = upstream
        return LayerGradients((at_input,))

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return a crop to one row and a reshape that removes its axis."""
        height, width, channels = shapes[0]
        above = height // 2
        cropping = ((above, height - above - 1), (0, 0))
        return Call("Cropping2D", (cropping,)), Call("Reshape", ((width, channels),))

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 convolution with weight 1 over the middle row of one map."""
        x, row = inputs[0], len(inputs[0]) // 2
        return SlidingOp(
            "conv",
            x[row : row + 1, :, map : map + 1],
            Window(1),
            np.ones((1, 1, 1)),
            sources=((0, map),),
            origin=(row, 0),
        )

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return an index expression."""
        return [f"result = x[{shapes[0][0] // 2}]"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return an index expression on a tensor."""
        return [f"result = tf.constant(x)[{shapes[0][0] // 2}].numpy()"]
