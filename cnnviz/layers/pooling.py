"""Base class of max and average pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Window
from cnnviz.errors import invalid
from cnnviz.layers.base import (
    Call,
    Expression,
    Field,
    Shape,
    SlidingOp,
    Windowed,
    keras_padding,
    square,
    tensorflow_padding,
)
from cnnviz.layers.code import pad, patch


@dataclass(frozen=True)
class Pooling(Windowed):
    """A window that slides over each map; padding is ignored.

    Attributes:
        window: the sliding window, without dilation and larger than its padding.

    Raises:
        CnnvizError: if it has a dilation, or padding by numbers in which there is room for all of it.
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

    def __post_init__(self) -> None:
        size, padding = self.window.size, self.window.padding
        if self.window.dilation != (1, 1):
            raise invalid("dilation", "must be 1 in pooling", self.window.dilation)
        if not isinstance(padding, str) and any(max(p) >= n for p, n in zip(padding, size, strict=True)):
            raise invalid("padding", f"must be smaller than the window of {size} in pooling", padding)

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

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return the call; if the padding is numeric, between what makes Keras ignore the padding."""
        pads = self.window.padding
        if isinstance(pads, str):
            return (self.call(),)
        valid = self.unpadded().call()
        if self.operation == "max":
            border = ((0, 0), *pads, (0, 0))

            def pad(x: Any) -> Any:
                import keras

                return keras.ops.pad(x, border, constant_values=-np.inf)

            code = f'lambda x: keras.ops.pad(x, {border}, constant_values=-float("inf"))'
            return Call("Lambda", (Expression(code, pad),)), valid
        # a mean over zeros as well, divided by the share of cells that are not padding
        one = (*shapes[0][:2], 1)
        padded = ops.zero_pad(np.ones(one, np.float32), pads)
        share = ops.average_pool(padded, self.window.size, stride=self.window.stride)
        zeros = Call("ZeroPadding2D", (pads,))
        code = (
            f"lambda x: x / keras.layers.{valid.code()}"
            f"(keras.layers.{zeros.code()}(keras.ops.ones({(1, *one)})))"
        )
        return zeros, valid, Call("Lambda", (Expression(code, lambda x: x / share),))

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
        """Return `tf.nn.max_pool2d` or `tf.nn.avg_pool2d`, which takes no padding by numbers."""
        slide, padding = f"{self.window.size}, {self.window.stride}", tensorflow_padding(self.window)
        if self.operation == "max" or isinstance(self.window.padding, str):
            pool = "avg_pool2d" if self.operation == "average" else "max_pool2d"
            return [
                "images = tf.constant(x[np.newaxis], tf.float32)",
                f"maps = tf.nn.{pool}(images, {slide}, padding={padding})",
                "result = maps[0].numpy()",
            ]
        return [
            f"padded = tf.pad(tf.constant(x[np.newaxis], tf.float32), {padding})",
            f"inside = tf.pad(tf.ones({(1, *shapes[0])}), {padding})",
            f'maps = tf.nn.avg_pool2d(padded, {slide}, padding="VALID")',
            f'share = tf.nn.avg_pool2d(inside, {slide}, padding="VALID")',
            "result = (maps / share)[0].numpy()",
        ]
