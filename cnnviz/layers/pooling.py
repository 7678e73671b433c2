"""Base class of max and average pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Field, Shape, SlidingOp, Windowed, keras_padding, square


@dataclass(frozen=True)
class Pooling(Windowed):
    """A window that slides over each map; padding is ignored.

    Attributes:
        window: the sliding window, without dilation.
    """

    window: Window = Window(2, stride=2)

    operation: ClassVar[Literal["max", "average"]]
    keras_name: ClassVar[str]
    name_prefix = "pool"
    fields = (
        Field("size", "pool", 2, 8),
        Field("stride", "stride", 1, 8, prefix="s", default="size", omit_default=True),
        Field("padding", choices=("same", "valid"), default="valid", omit_default=True),
    )
    group = "pooling"
    page = "pooling"
    part = "pool"
    channelwise = True

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [OH, OW, C]."""
        height, width, channels = shapes[0]
        return (*self.window.output_size((height, width)), channels)

    def call(self) -> Call:
        """Return `MaxPooling2D(...)` or `AveragePooling2D(...)`."""
        names: dict[str, Any] = {}
        if self.window.stride != self.window.size:
            names["strides"] = square(self.window.stride)
        if keras_padding(self.window) == "same":
            names["padding"] = "same"
        return Call(self.keras_name, (square(self.window.size),), names)

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the window over one map."""
        return SlidingOp(self.operation, inputs[0][..., map : map + 1], self.window, sources=((0, map),))

    @classmethod
    def default(cls) -> Self:
        """Return a 2x2 window with stride 2."""
        return cls("", Window(2, stride=2))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return loops over the output cells; the padding value is one that the operation ignores."""
        from cnnviz.layers.code import pad, patch

        source, lines = pad(self.window, shapes[0], "np.nan" if self.operation == "average" else "-np.inf")
        mean = "np.nanmean" if source == "padded" else "np.mean"
        height, width, channels = self.output_shape(*shapes)
        return [
            *lines,
            f"result = np.empty({(height, width, channels)})",
            f"for i in range({height}):",
            f"    for j in range({width}):",
            f"        patch = {source}[{patch(self.window)}]",
            f"        result[i, j] = {mean if self.operation == 'average' else 'np.max'}(patch, axis=(0, 1))",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.max_pool2d` or `tf.nn.avg_pool2d`."""
        pool = "avg_pool2d" if self.operation == "average" else "max_pool2d"
        return [
            "images = tf.constant(x[np.newaxis], tf.float32)",
            f"maps = tf.nn.{pool}(images, ksize={self.window.size}, strides={self.window.stride}, "
            f'padding="{keras_padding(self.window).upper()}")',
            "result = maps[0].numpy()",
        ]
