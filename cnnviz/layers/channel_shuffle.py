"""Channel shuffle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.errors import invalid
from cnnviz.layers.base import Call, Field, Incompatibility, Layer, LayerGradients, Shape, SlidingOp


@dataclass(frozen=True)
class ChannelShuffle(Layer):
    """The maps in another order: the first of each group, then the second of each group, and so on.

    It lets the next grouped convolution see maps of all groups.

    Attributes:
        groups: number of groups of equally many maps.

    Source: Zhang, Zhou, Lin and Sun, "ShuffleNet", 2017, section 3.1, https://arxiv.org/abs/1707.01083
    """

    groups: int = 2

    kind = "channel_shuffle"
    equation = r"y_{i,j,c} = x_{i,j,\,(c \bmod g) \cdot C/g + \lfloor c/g \rfloor}"
    name_prefix = "shuffle"
    abbreviation = "sh"
    group = "shape"
    fields = (Field("groups", "groups", 1, 128),)

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        if len(shapes[0]) != 3:
            return "needs_maps"
        return "shapes" if shapes[0][2] % self.groups else None

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [H, W, C].

        Raises:
            CnnvizError: if the groups are not equally large.
        """
        if shapes[0][2] % self.groups:
            raise invalid("groups", f"must divide {shapes[0][2]} channels", self.groups)
        return shapes[0]

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [H, W, C].

        >>> ChannelShuffle("", 2).compute(np.arange(6.0).reshape(1, 1, 6)).ravel().tolist()
        [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
        """
        return inputs[0][..., self._order(inputs[0].shape[2])]

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient in the input's order."""
        return LayerGradients((upstream[..., np.argsort(self._order(upstream.shape[2]))],))

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return a table of groups and members, its transpose, and the maps in a row again."""
        height, width, channels = shapes[0]
        table = (height, width, self.groups, channels // self.groups)
        return Call("Reshape", (table,)), Call("Permute", ((1, 2, 4, 3),)), Call("Reshape", (shapes[0],))

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 convolution with weight 1 over the map that is moved to `map`."""
        channel = int(self._order(inputs[0].shape[2])[map])
        x = inputs[0][..., channel : channel + 1]
        return SlidingOp("conv", x, Window(1), np.ones((1, 1, 1)), sources=((0, channel),))

    @classmethod
    def default(cls) -> Self:
        """Return two groups."""
        return cls("")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return a reshape, a transpose and a reshape."""
        height, width, channels = shapes[0]
        table = (height, width, self.groups, channels // self.groups)
        return [
            f"table = x.reshape{table}",
            f"result = table.transpose(0, 1, 3, 2).reshape{shapes[0]}",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the same with TensorFlow's operations."""
        height, width, channels = shapes[0]
        table = [height, width, self.groups, channels // self.groups]
        return [
            f"table = tf.reshape(tf.constant(x, tf.float32), {table})",
            f"result = tf.reshape(tf.transpose(table, [0, 1, 3, 2]), {list(shapes[0])}).numpy()",
        ]

    def _order(self, channels: int) -> np.ndarray:
        """Return int [C]: the input channel of each output channel."""
        return np.arange(channels).reshape(self.groups, -1).T.reshape(-1)
