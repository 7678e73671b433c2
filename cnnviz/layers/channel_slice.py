"""Some of the channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.errors import invalid
from cnnviz.layers.base import Call, Field, Incompatibility, Layer, LayerGradients, Shape, SlidingOp


@dataclass(frozen=True)
class ChannelSlice(Layer):
    """Neighbouring channels of maps, as where a network splits into branches: [H, W, C] -> [H, W, count].

    Attributes:
        first: the first channel that is kept.
        count: number of channels that are kept.
    """

    first: int = 0
    count: int = 1

    kind = "channel_slice"
    equation = r"y_{i,j,c} = x_{i,j,\,c + \text{first}}"
    name_prefix = "slice"
    abbreviation = "sl"
    group = "shape"
    fields = (Field("first", "first", 0, 127), Field("count", "channels", 1, 128, prefix="n"))

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        if len(shapes[0]) != 3:
            return "needs_maps"
        return "shapes" if self.first + self.count > shapes[0][2] else None

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [H, W, count].

        Raises:
            CnnvizError: if the input has fewer channels.
        """
        if self.first + self.count > shapes[0][2]:
            raise invalid("first", f"must leave {self.count} of {shapes[0][2]} channels", self.first)
        return (*shapes[0][:2], self.count)

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [H, W, count]."""
        return inputs[0][..., self.first : self.first + self.count]

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient in its channels, 0 elsewhere."""
        at_input = np.zeros(inputs[0].shape, upstream.dtype)
        at_input[..., self.first : self.first + self.count] = upstream
        return LayerGradients((at_input,))

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return a crop of the channels as a third axis of space, and reshapes around it."""
        height, width, channels = shapes[0]
        cut = ((0, 0), (0, 0), (self.first, channels - self.first - self.count))
        return (
            Call("Reshape", ((*shapes[0], 1),)),
            Call("Cropping3D", (cut,)),
            Call("Reshape", ((height, width, self.count),)),
        )

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 convolution of one map with weight 1."""
        channel = self.first + map
        x = inputs[0][..., channel : channel + 1]
        return SlidingOp("conv", x, Window(1), np.ones((1, 1, 1)), sources=((0, channel),))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return an index expression."""
        return [f"result = x[..., {self.first} : {self.first + self.count}]"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return an index expression on a tensor."""
        return [f"result = tf.constant(x)[..., {self.first} : {self.first + self.count}].numpy()"]
