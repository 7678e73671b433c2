"""Depthwise convolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
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
    tensorflow_padding,
)
from cnnviz.layers.code import pad, patch
from cnnviz.layers.convolution import BIAS, PADDING, SIZE, STRIDE, Convolution


@dataclass(frozen=True)
class DepthwiseConv(Convolution, Windowed):
    """A convolution of each channel by itself: [H, W, C] -> [OH, OW, C * multiplier].

    Attributes:
        window: the sliding window.
        multiplier: number of filters per channel; filter m of channel c makes map c * multiplier + m.
        bias: whether there is a bias, one number per map.
    """

    window: Window = Window(3, padding="same")
    multiplier: int = 1
    bias: bool = True

    kind = "depthwise_conv"
    name_prefix = "depthwise"
    abbreviation = "dw"
    fields = (
        Field("multiplier", "multiplier", 1, 8),
        BIAS,
        SIZE,
        STRIDE,
        PADDING,
    )
    channelwise = True
    keras2_weights = MappingProxyType({"kernel": "depthwise_kernel"})

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [OH, OW, C * multiplier]."""
        height, width, channels = shapes[0]
        return (*self.window.output_size((height, width)), channels * self.multiplier)

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the kernel's shape [kh, kw, C, multiplier], and the bias's."""
        channels = shapes[0][2]
        kernel: Shape = (*self.window.size, channels, self.multiplier)
        return {"kernel": kernel} | self.bias_shapes(channels * self.multiplier)

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return the products of all filters at all output cells."""
        return prod(self.window.size) * prod(self.output_shape(*shapes))

    def fan_in(self, weight: str, shape: Shape) -> int:
        """Return the number of cells under the window: a map depends on one channel."""
        return prod(shape[:2])

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [OH, OW, C * multiplier]."""
        return ops.depthwise_conv2d(
            inputs[0], weights["kernel"], weights.get("bias"), **window_arguments(self.window)
        )

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients: those of a convolution with one group per channel."""
        kernel = weights["kernel"]
        grouped = kernel.reshape(*kernel.shape[:2], 1, -1)
        found = gradients.conv2d_gradients(
            inputs[0], grouped, upstream, groups=kernel.shape[2], **window_arguments(self.window)
        )
        return self.with_bias(found, lambda gradient: gradient.reshape(kernel.shape))

    def call(self) -> Call:
        """Return `DepthwiseConv2D(...)`."""
        names = keras_window_arguments(self.window)
        if self.multiplier != 1:
            names["depth_multiplier"] = self.multiplier
        return Call("DepthwiseConv2D", (square(self.window.size),), names | self.bias_arguments())

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the filter of map `map` over its channel."""
        channel, multiple = divmod(map, self.multiplier)
        kernel = weights["kernel"][:, :, channel : channel + 1, multiple]
        return SlidingOp(
            "conv",
            inputs[0][..., channel : channel + 1],
            self.window,
            kernel,
            self.bias_of(weights, map),
            sources=((0, channel),),
        )

    @classmethod
    def default(cls) -> Self:
        """Return one 3x3 filter per channel."""
        return cls("")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return loops over the output cells, for all channels at once."""
        source, lines = pad(self.window, shapes[0])
        height, width, maps = self.output_shape(*shapes)
        return [
            *lines,
            f"result = np.empty({(height, width, maps)})",
            f"for i in range({height}):",
            f"    for j in range({width}):",
            f"        patch = {source}[{patch(self.window)}]",
            f'        sums = np.einsum("abc,abcm->cm", patch, kernel)  # {(shapes[0][2], self.multiplier)}',
            f"        result[i, j] = sums.reshape(-1){' + bias' if self.bias else ''}",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.depthwise_conv2d`."""
        return [
            "images = tf.constant(x[np.newaxis], tf.float32)",
            "filters = tf.constant(kernel, tf.float32)",
            f"maps = tf.nn.depthwise_conv2d(images, filters, {tensorflow_arguments(self.window)})",
            f"result = (maps[0]{' + bias' if self.bias else ''}).numpy()",
        ]


def tensorflow_arguments(window: Window) -> str:
    """Return the arguments of TensorFlow's depthwise operations for a window, as code."""
    dilations = f", dilations={window.dilation}" if window.dilation != (1, 1) else ""
    return f"strides={[1, *window.stride, 1]}, padding={tensorflow_padding(window)}{dilations}"
