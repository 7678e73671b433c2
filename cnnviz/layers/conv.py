"""2-D convolution, ordinary and grouped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from cnnviz.arithmetic import gradients, ops
from cnnviz.arithmetic.window import Window, window_arguments
from cnnviz.errors import invalid
from cnnviz.layers.base import (
    Call,
    Field,
    Incompatibility,
    LayerGradients,
    Shape,
    SlidingOp,
    Windowed,
    keras_window_arguments,
    square,
    tensorflow_padding,
)
from cnnviz.layers.code import pad, patch
from cnnviz.layers.convolution import BIAS, FILTERS, PADDING, SIZE, STRIDE, Convolution


@dataclass(frozen=True)
class Conv(Convolution, Windowed):
    """A convolution.

    Attributes:
        window: the sliding window.
        units: number of filters.
        bias: whether there is a bias, one number per filter.
        groups: number of groups of channels; a filter sees the channels of its group only.
        max_norm: largest norm of each filter's weights, or None (a constraint while training).
        initial_deviation: standard deviation of normal initial weights, or None for Keras' default
            (Glorot uniform).
    """

    window: Window = Window(3, padding="same")
    units: int = 1
    bias: bool = True
    groups: int = 1
    max_norm: float | None = None
    initial_deviation: float | None = None

    kind = "conv"
    equation = r"y_{i,j,f} = b_f + \sum_{u,v,c} x_{i+u,\,j+v,\,c} \cdot w_{u,v,c,f}"
    name_prefix = "conv"
    abbreviation = "c"
    fields = (
        FILTERS,
        BIAS,
        SIZE,
        STRIDE,
        PADDING,
        Field("groups", "groups", 1, 128, prefix="g", default=1, omit_default=True),
    )
    page = "convolution"
    filters = True

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        found = super().incompatibility(*shapes)
        split = found is None and (shapes[0][2] % self.groups or self.units % self.groups)
        return "shapes" if split else found

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [OH, OW, filters]."""
        height, width, channels = shapes[0]
        if channels % self.groups or self.units % self.groups:
            raise invalid("groups", f"must divide {channels} channels and {self.units}", self.groups)
        return (*self.window.output_size((height, width)), self.units)

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the kernel's shape [kh, kw, C / groups, filters], and the bias's."""
        kernel = (*self.window.size, shapes[0][2] // self.groups, self.units)
        return {"kernel": kernel} | self.bias_shapes(self.units)

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return the products of all filters at all output cells."""
        return prod(self.weight_shapes(*shapes)["kernel"]) * prod(self.output_shape(*shapes)[:2])

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [OH, OW, filters]."""
        return ops.conv2d(
            inputs[0],
            weights["kernel"],
            weights.get("bias"),
            groups=self.groups,
            **window_arguments(self.window),
        )

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients at the input, the kernel and the bias."""
        found = gradients.conv2d_gradients(
            inputs[0], weights["kernel"], upstream, groups=self.groups, **window_arguments(self.window)
        )
        return self.with_bias(found)

    def call(self) -> Call:
        """Return `Conv2D(...)`."""
        names = keras_window_arguments(self.window)
        if self.groups != 1:
            names["groups"] = self.groups
        return Call("Conv2D", (self.units, square(self.window.size)), names | self.bias_arguments())

    def training_arguments(self) -> dict[str, Any]:
        """Return the kernel's initializer and its max-norm constraint, per filter."""
        return kernel_arguments(self.max_norm, self.initial_deviation, axis=[0, 1, 2])

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return filter number `map` over the channels of its group."""
        x, kernel = inputs[0], weights["kernel"]
        seen = self.seen(map, x.shape[2])
        return SlidingOp(
            "conv",
            x[..., seen.start : seen.stop],
            self.window,
            kernel[..., map],
            self.bias_of(weights, map),
            sources=tuple((0, channel) for channel in seen),
        )

    def seen(self, map: int, channels: int) -> range:
        """Return which of the input's channels filter number `map` sees: those of its group.

        >>> Conv("conv1", units=4, groups=2).seen(2, channels=6)
        range(3, 6)
        """
        of_group = channels // self.groups
        first = map // (self.units // self.groups) * of_group
        return range(first, first + of_group)

    @classmethod
    def default(cls) -> Self:
        """Return 32 filters of 3x3 with "same" padding."""
        return cls("", Window(3, padding="same"), 32)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return loops over the output cells, for all filters at once."""
        source, lines = pad(self.window, shapes[0])
        height, width, units = self.output_shape(*shapes)
        plus = " + bias" if self.bias else ""
        head = [*lines, f"result = np.empty({(height, width, units)})"]
        if self.groups == 1:
            return [
                *head,
                f"for i in range({height}):",
                f"    for j in range({width}):",
                f"        patch = {source}[{patch(self.window)}]",
                f"        result[i, j] = np.tensordot(patch, kernel, 3){plus}",
            ]
        seen, made = shapes[0][2] // self.groups, units // self.groups
        return [
            *head,
            f"for g in range({self.groups}):",
            f"    seen = slice({seen} * g, {seen} * g + {seen})",
            f"    made = slice({made} * g, {made} * g + {made})",
            f"    for i in range({height}):",
            f"        for j in range({width}):",
            f"            patch = {source}[{patch(self.window)}, seen]",
            "            result[i, j, made] = np.tensordot(patch, kernel[..., made], 3)",
            *(["result += bias"] if self.bias else []),
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.conv2d`, which infers the groups from the kernel's shape."""
        dilations = f", dilations={self.window.dilation}" if self.window.dilation != (1, 1) else ""
        return [
            "images = tf.constant(x[np.newaxis], tf.float32)",
            f"maps = tf.nn.conv2d(images, tf.constant(kernel, tf.float32), strides={self.window.stride}, "
            f"padding={tensorflow_padding(self.window)}{dilations})",
            f"result = (maps[0]{' + bias' if self.bias else ''}).numpy()",
        ]


def kernel_arguments(
    max_norm: float | None, initial_deviation: float | None, *, axis: int | list[int]
) -> dict[str, Any]:
    """Return Keras' keyword arguments for a kernel's initializer and constraint.

    Args:
        max_norm, initial_deviation: as in `Conv`.
        axis: the axes of the kernel over which a unit's norm is taken: all but the last.
    """
    import keras

    arguments: dict[str, Any] = {}
    if max_norm is not None:
        arguments["kernel_constraint"] = keras.constraints.MaxNorm(max_norm, axis=axis)
    if initial_deviation is not None:
        arguments["kernel_initializer"] = keras.initializers.RandomNormal(stddev=initial_deviation)
    return arguments
