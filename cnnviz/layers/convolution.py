"""Base class and builder fields of all kinds of convolution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnviz.arithmetic.gradients import ConvGradients
from cnnviz.layers.base import Field, Layer, LayerGradients, Shape, Weights

FILTERS = Field("units", "filters", 1, 128)
BIAS = Field("bias", switch=True, prefix="n")
SIZE = Field("size", "kernel", 1, 11, prefix="k", default=3)
STRIDE = Field("stride", "stride", 1, 8, prefix="s", default=1)
PADDING = Field("padding", choices=("same", "valid"), default="same")


class Convolution(Layer):
    """A layer with a sliding kernel and an optional bias per output map."""

    bias: bool

    group = "convolution"
    part = "conv"

    def bias_shapes(self, maps: int) -> dict[str, Shape]:
        """Return {"bias": shape}, or {} without a bias."""
        return {"bias": (maps,)} if self.bias else {}

    def bias_of(self, weights: Weights, map: int) -> float:
        """Return the bias of one map, 0.0 without a bias."""
        return float(weights["bias"][map]) if self.bias else 0.0

    def with_bias(
        self, found: ConvGradients, fit: Callable[[np.ndarray], np.ndarray] = lambda kernel: kernel
    ) -> LayerGradients:
        """Return the gradients at the input, at the kernel and, if there is a bias, at the bias.

        Args:
            found: the gradients of the convolution.
            fit: brings the gradient at its kernel into the shape of the layer's.
        """

        def at_weights() -> dict[str, np.ndarray]:
            return {"kernel": fit(found.kernel)} | ({"bias": found.bias} if self.bias else {})

        return LayerGradients((found.x,), at_weights)

    def bias_arguments(self) -> dict[str, Any]:
        """Return Keras' keyword arguments for the bias, without Keras' defaults."""
        return {} if self.bias else {"use_bias": False}
