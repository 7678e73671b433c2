"""1-D convolution of a signal [L, C]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np

from cnnviz.arithmetic import gradients, ops
from cnnviz.arithmetic.window import Window, signal_window, window_arguments
from cnnviz.layers.base import (
    Call,
    Field,
    Incompatibility,
    LayerGradients,
    Shape,
    SlidingOp,
    as_maps,
    window_incompatibility,
)
from cnnviz.layers.convolution import BIAS, FILTERS, PADDING, SIZE, STRIDE, Convolution


@dataclass(frozen=True)
class Conv1d(Convolution):
    """A convolution along a signal: [L, C] -> [OL, units].

    Attributes:
        units: number of filters.
        bias: whether there is a bias, one number per filter.
        size, stride, dilation: of the window, along the signal.
        padding: "same"; "valid"; or "causal": no output depends on a later value.
    """

    units: int = 1
    bias: bool = True
    size: int = 3
    stride: int = 1
    dilation: int = 1
    padding: str = "same"

    kind = "conv1d"
    name_prefix = "conv1d_"
    abbreviation = "w"
    fields = (
        FILTERS,
        BIAS,
        SIZE,
        STRIDE,
        Field("dilation", "dilation", 1, 16, prefix="l", default=1, omit_default=True),
        replace(PADDING, choices=("same", "valid", "causal")),
    )

    @property
    def sliding_window(self) -> Window:
        """The window, one row high."""
        return signal_window(self.size, self.stride, self.padding, self.dilation)

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return (
            "needs_signal" if len(shapes[0]) != 2 else window_incompatibility(self.sliding_window, shapes[0])
        )

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [OL, units]."""
        return self.sliding_window.output_size((1, shapes[0][0]))[1], self.units

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the kernel's [k, C, units], and the bias'."""
        kernel: Shape = (self.size, shapes[0][1], self.units)
        return {"kernel": kernel} | self.bias_shapes(self.units)

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return the products of all filters at all output cells."""
        return prod(self.weight_shapes(*shapes)["kernel"]) * self.output_shape(*shapes)[0]

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [OL, units]."""
        settings: dict[str, Any] = {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
        }
        return ops.conv1d(inputs[0], weights["kernel"], weights.get("bias"), **settings)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients at the signal, the kernel and the bias: those of one row of an image."""
        found = gradients.conv2d_gradients(
            inputs[0][np.newaxis],
            weights["kernel"][np.newaxis],
            upstream[np.newaxis],
            **window_arguments(self.sliding_window),
        )
        of_row = self.with_bias(found, lambda gradient: gradient[0])
        return LayerGradients((of_row.inputs[0][0],), of_row.at_weights)

    def call(self) -> Call:
        """Return `Conv1D(...)`."""
        names: dict[str, Any] = {}
        if self.stride != 1:
            names["strides"] = self.stride
        if self.padding != "valid":
            names["padding"] = self.padding
        if self.dilation != 1:
            names["dilation_rate"] = self.dilation
        return Call("Conv1D", (self.units, self.size), names | self.bias_arguments())

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return filter number `map` over the signal as an image of one row."""
        bias = self.bias_of(weights, map)
        x, kernel = as_maps(inputs[0]), weights["kernel"][np.newaxis, ..., map]
        sources = tuple((0, channel) for channel in range(x.shape[2]))
        return SlidingOp("conv", x, self.sliding_window, kernel, bias, sources=sources)

    @classmethod
    def default(cls) -> Self:
        """Return 16 filters of length 3 with "same" padding."""
        return cls("", 16)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return a loop over the output cells, for all filters at once."""
        length, channels = shapes[0]
        _, pads = self.sliding_window.pads((1, length))
        extent = self.sliding_window.extent[1]
        source = "padded" if any(pads) else "x"
        start = "i" if self.stride == 1 else f"{self.stride} * i"
        step = f" : {self.dilation}" if self.dilation > 1 else ""
        return [
            *(
                [f"padded = np.pad(x, {(pads, (0, 0))})  # {(length + sum(pads), channels)}"]
                if any(pads)
                else []
            ),
            f"result = np.empty({self.output_shape(*shapes)})",
            f"for i in range({self.output_shape(*shapes)[0]}):",
            f"    patch = {source}[{start} : {start} + {extent}{step}]",
            f"    result[i] = np.tensordot(patch, kernel, 2){' + bias' if self.bias else ''}",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.conv1d`, after explicit padding if it is causal."""
        _, pads = self.sliding_window.pads((1, shapes[0][0]))
        causal = self.padding == "causal"
        padding = "VALID" if causal else self.padding.upper()
        dilations = f", dilations={self.dilation}" if self.dilation > 1 else ""
        return [
            "signals = tf.constant(x[np.newaxis], tf.float32)",
            *([f"signals = tf.pad(signals, {((0, 0), pads, (0, 0))})"] if causal else []),
            "filters = tf.constant(kernel, tf.float32)",
            f'values = tf.nn.conv1d(signals, filters, stride={self.stride}, padding="{padding}"{dilations})',
            f"result = (values[0]{' + bias' if self.bias else ''}).numpy()",
        ]
