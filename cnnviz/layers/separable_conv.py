"""Depthwise separable convolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Self

import numpy as np

from cnnviz.arithmetic import gradients, ops
from cnnviz.arithmetic.window import Window, window_arguments
from cnnviz.layers.base import (
    Call,
    Field,
    LayerGradients,
    Shape,
    SlidingOp,
    Windowed,
    keras_window_arguments,
    square,
)
from cnnviz.layers.code import pad, patch
from cnnviz.layers.convolution import BIAS, FILTERS, PADDING, SIZE, STRIDE, Convolution
from cnnviz.layers.depthwise_conv import DepthwiseConv, tensorflow_arguments


@dataclass(frozen=True)
class SeparableConv(Convolution, Windowed):
    """A depthwise convolution and a 1x1 convolution: [H, W, C] -> [OH, OW, units].

    Attributes:
        window: the sliding window of the depthwise convolution.
        units: number of filters of the 1x1 convolution.
        multiplier: number of filters per channel of the depthwise convolution.
        bias: whether there is a bias, one number per unit.
    """

    window: Window = Window(3, padding="same")
    units: int = 1
    multiplier: int = 1
    bias: bool = True

    kind = "separable_conv"
    name_prefix = "separable"
    abbreviation = "sc"
    fields = (
        FILTERS,
        BIAS,
        SIZE,
        STRIDE,
        PADDING,
        Field("multiplier", "multiplier", 1, 8, prefix="x", default=1, omit_default=True),
    )

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [OH, OW, units]."""
        height, width, _ = shapes[0]
        return (*self.window.output_size((height, width)), self.units)

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the kernels [kh, kw, C, multiplier] and [1, 1, C * multiplier, units], and the bias."""
        channels = shapes[0][2]
        kernels: dict[str, Shape] = {
            "depthwise_kernel": (*self.window.size, channels, self.multiplier),
            "pointwise_kernel": (1, 1, channels * self.multiplier, self.units),
        }
        return kernels | self.bias_shapes(self.units)

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return the products of both convolutions: one per weight and output cell."""
        kernels = [shape for name, shape in self.weight_shapes(*shapes).items() if name != "bias"]
        return sum(map(prod, kernels)) * prod(self.output_shape(*shapes)[:2])

    def fan_in(self, weight: str, shape: Shape) -> int:
        """Return the number of terms of one sum: the cells of the window, or the channels."""
        return prod(shape[:2]) if weight == "depthwise_kernel" else shape[2]

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [OH, OW, units]."""
        return ops.separable_conv2d(
            inputs[0],
            weights["depthwise_kernel"],
            weights["pointwise_kernel"],
            weights.get("bias"),
            **window_arguments(self.window),
        )

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients: back through the 1x1 convolution, then through the depthwise one."""
        depthwise = DepthwiseConv(self.name, self.window, self.multiplier, bias=False)
        kernel = weights["depthwise_kernel"]
        maps = depthwise.compute(inputs[0], kernel=kernel)
        pointwise = gradients.conv2d_gradients(maps, weights["pointwise_kernel"], upstream)
        first = depthwise.backward(pointwise.x, inputs[0], kernel=kernel)

        def at_weights() -> dict[str, np.ndarray]:
            kernels = {"depthwise_kernel": first.weights["kernel"], "pointwise_kernel": pointwise.kernel}
            return kernels | ({"bias": pointwise.bias} if self.bias else {})

        return LayerGradients(first.inputs, at_weights)

    def call(self) -> Call:
        """Return `SeparableConv2D(...)`."""
        names = keras_window_arguments(self.window)
        if self.multiplier != 1:
            names["depth_multiplier"] = self.multiplier
        return Call("SeparableConv2D", (self.units, square(self.window.size)), names | self.bias_arguments())

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the 1x1 filter over the depthwise convolution's output."""
        x = ops.depthwise_conv2d(inputs[0], weights["depthwise_kernel"], **window_arguments(self.window))
        return SlidingOp(
            "conv", x, Window(1), weights["pointwise_kernel"][..., map], self.bias_of(weights, map)
        )

    def sliding_op_on_input(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return one convolution: each channel's kernel times its weight in the 1x1 filter."""
        (x,), depthwise = inputs, weights["depthwise_kernel"]
        shares = weights["pointwise_kernel"][0, 0, :, map].reshape(depthwise.shape[2:])
        kernel = (depthwise * shares).sum(axis=-1)
        sources = tuple((0, channel) for channel in range(x.shape[2]))
        return SlidingOp("conv", x, self.window, kernel, self.bias_of(weights, map), sources=sources)

    @classmethod
    def default(cls) -> Self:
        """Return 32 filters after 3x3 windows with "same" padding."""
        return cls("", units=32)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return loops over the output cells, for all channels at once."""
        source, lines = pad(self.window, shapes[0])
        height, width, units = self.output_shape(*shapes)
        return [
            *lines,
            f"result = np.empty({(height, width, units)})",
            f"for i in range({height}):",
            f"    for j in range({width}):",
            f"        patch = {source}[{patch(self.window)}]",
            '        sums = np.einsum("abc,abcm->cm", patch, depthwise_kernel)'
            f"  # {(shapes[0][2], self.multiplier)}",
            "        mixed = sums.reshape(-1) @ pointwise_kernel[0, 0]",
            f"        result[i, j] = mixed{' + bias' if self.bias else ''}",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.separable_conv2d`."""
        return [
            "images = tf.constant(x[np.newaxis], tf.float32)",
            "depthwise = tf.constant(depthwise_kernel, tf.float32)",
            "pointwise = tf.constant(pointwise_kernel, tf.float32)",
            f"slide = dict({tensorflow_arguments(self.window)})",
            "maps = tf.nn.separable_conv2d(images, depthwise, pointwise, **slide)",
            f"result = (maps[0]{' + bias' if self.bias else ''}).numpy()",
        ]
