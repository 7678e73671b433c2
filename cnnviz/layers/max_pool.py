"""Max pooling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import gradients, ops
from cnnviz.layers.base import LayerGradients
from cnnviz.layers.pooling import Pooling


@dataclass(frozen=True)
class MaxPool(Pooling):
    """The maximum under the window, per map."""

    kind = "max_pool"
    equation = r"y_{i,j,c} = \max_{u,v} \, x_{i+u,\,j+v,\,c}"
    abbreviation = "m"
    operation = "max"
    keras_name = "MaxPooling2D"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [OH, OW, C]."""
        window = self.window
        return ops.max_pool(inputs[0], window.size, stride=window.stride, padding=window.padding)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradient at the input: each window's goes to its maximum."""
        window = self.window
        slide = {"stride": window.stride, "padding": window.padding}
        return LayerGradients((gradients.max_pool_gradient(inputs[0], upstream, window.size, **slide),))
