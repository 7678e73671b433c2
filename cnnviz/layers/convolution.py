"""What all convolutions share: the settings of their window, and a bias for each map."""

from __future__ import annotations

from typing import Any

from cnnviz.layers.base import Field, Layer, Shape, Weights

FILTERS = Field("units", "filters", 1, 128)
BIAS = Field("bias", switch=True, letter="n")
SIZE = Field("size", "kernel", 1, 11, letter="k", default=3)
STRIDE = Field("stride", "stride", 1, 8, letter="s", default=1)
PADDING = Field("padding", words=("same", "valid"), default="same")


class Convolution(Layer):
    """A layer whose kernels slide, with a bias for each map that it makes or with none."""

    bias: bool

    part = "conv"

    def bias_shapes(self, maps: int) -> dict[str, Shape]:
        """Return the shape of its bias, if it has one."""
        return {"bias": (maps,)} if self.bias else {}

    def bias_of(self, weights: Weights, map: int) -> float:
        """Return the bias of one map; 0 without."""
        return float(weights["bias"][map]) if self.bias else 0.0

    def bias_arguments(self) -> dict[str, Any]:
        """Return Keras' arguments for the bias; what is Keras' default is left out."""
        return {} if self.bias else {"use_bias": False}
