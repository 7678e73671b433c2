"""Transposed convolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np

from cnnviz.arithmetic import gradients, ops
from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.errors import invalid
from cnnviz.layers.base import (
    Call,
    LayerGradients,
    Shape,
    SlidingOp,
    Windowed,
    keras_padding,
    keras_window_arguments,
    square,
)
from cnnviz.layers.convolution import BIAS, FILTERS, PADDING, SIZE, STRIDE, Convolution


@dataclass(frozen=True)
class TransposedConv(Convolution, Windowed):
    """A convolution run backwards: [H, W, C] -> [H * stride, W * stride, units] if it is "same".

    Attributes:
        window: that of the convolution whose adjoint this is; the stride is the upsampling factor. It has
            no dilation, and no padding by numbers.
        units: number of filters.
        bias: whether there is a bias, one number per filter.

    Raises:
        CnnvizError: if the window has either.
    """

    window: Window = Window(3, stride=2, padding="same")
    units: int = 1
    bias: bool = True

    kind = "transposed_conv"
    name_prefix = "transposed"
    abbreviation = "tc"
    fields = (
        FILTERS,
        BIAS,
        SIZE,
        replace(STRIDE, default=2),
        PADDING,
    )

    def __post_init__(self) -> None:
        if self.window.dilation != (1, 1):
            raise invalid("dilation", "must be 1 in a transposed convolution", self.window.dilation)
        if not isinstance(self.window.padding, str):
            raise invalid(
                "padding", 'must be "valid" or "same" in a transposed convolution', self.window.padding
            )

    @property
    def sliding_window(self) -> None:
        """None: the window slides over the zero-inserted input."""

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [OH, OW, units]."""
        height, width, _ = shapes[0]
        return (*self.window.transposed_size((height, width)), self.units)

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the kernel's [kh, kw, units, C], and the bias'."""
        kernel: Shape = (*self.window.size, self.units, shapes[0][2])
        return {"kernel": kernel} | self.bias_shapes(self.units)

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return the products of all input cells with the whole kernel."""
        return prod(self.weight_shapes(*shapes)["kernel"]) * prod(shapes[0][:2])

    def receptive_field(
        self, fields: Sequence[ReceptiveField | None], shapes: Sequence[Shape]
    ) -> ReceptiveField | None:
        """Return the receptive field, in fractions of a pixel."""
        (field,) = fields
        return field and field.after_transposed(self.window, (shapes[0][0], shapes[0][1]))

    def fan_in(self, weight: str, shape: Shape) -> int:
        """Return the average number of inputs per output: the kernel's stamps overlap."""
        return max(1, prod(self.window.size) * shape[3] // prod(self.window.stride))

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [OH, OW, units]."""
        return ops.conv2d_transpose(
            inputs[0], weights["kernel"], weights.get("bias"), **self._window_arguments()
        )

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients at the input, the kernel and the bias."""
        found = gradients.conv2d_transpose_gradients(
            inputs[0], weights["kernel"], upstream, **self._window_arguments()
        )
        return self.with_bias(found)

    def call(self) -> Call:
        """Return `Conv2DTranspose(...)`."""
        names = keras_window_arguments(self.window)
        (kh, kw), (by_row, by_col) = self.window.size, self.window.stride
        if keras_padding(self.window) == "valid" and (by_row > kh or by_col > kw):
            names["output_padding"] = 0  # otherwise Keras appends rows of bias
        return Call("Conv2DTranspose", (self.units, square(self.window.size)), names | self.bias_arguments())

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return the call alone: padding crops the output, and no border replaces it."""
        return (self.call(),)

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the rotated kernel over the zero-inserted input; None if the output is cropped."""
        x, kernel = inputs[0], weights["kernel"]
        padded, rotated = ops.transposed_as_convolution(x, kernel, **self._window_arguments())
        spread = ops.insert_zeros(x, self.window.stride)
        cut = self.window.pads(self.window.transposed_size(x.shape[:2]))
        before = [size - 1 - sides[0] for size, sides in zip(self.window.size, cut, strict=True)]
        after = [padded.shape[k] - spread.shape[k] - before[k] for k in (0, 1)]
        if min(*before, *after) < 0:
            return None
        window = Window(self.window.size, padding=list(zip(before, after, strict=True)))
        bias = self.bias_of(weights, map)
        sources = tuple((0, channel) for channel in range(x.shape[2]))
        return SlidingOp(
            "conv", spread, window, rotated[..., map], bias, inserted=self.window.stride, sources=sources
        )

    @classmethod
    def default(cls) -> Self:
        """Return 16 filters of 3x3 with stride 2."""
        return cls("", units=16)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return loops over the input cells, each of which adds the weighted kernel to the output."""
        height, width, _ = shapes[0]
        rows, cols, units = self.output_shape(*shapes)
        (top, bottom), (left, right) = self.window.pads((rows, cols))
        (kh, kw), (by_row, by_col) = self.window.size, self.window.stride
        i, j = (index if by == 1 else f"{by} * {index}" for by, index in ((by_row, "i"), (by_col, "j")))
        cut = f"[{top} : {top + rows}, {left} : {left + cols}]" if top + bottom + left + right else ""
        return [
            f"stamped = np.zeros({(top + rows + bottom, left + cols + right, units)})",
            f"for i in range({height}):",
            f"    for j in range({width}):",
            f"        stamped[{i} : {i} + {kh}, {j} : {j} + {kw}] += kernel @ x[i, j]",
            f"result = stamped{cut}{' + bias' if self.bias else ''}",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.conv2d_transpose`."""
        return [
            "images = tf.constant(x[np.newaxis], tf.float32)",
            "filters = tf.constant(kernel, tf.float32)",
            f'slide = dict(strides={self.window.stride}, padding="{keras_padding(self.window).upper()}")',
            f"maps = tf.nn.conv2d_transpose(images, filters, {[1, *self.output_shape(*shapes)]}, **slide)",
            f"result = (maps[0]{' + bias' if self.bias else ''}).numpy()",
        ]

    def _window_arguments(self) -> dict[str, Any]:
        return {"stride": self.window.stride, "padding": self.window.padding}
