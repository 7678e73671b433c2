"""Average pooling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import gradients, ops
from cnnviz.layers.base import LayerGradients
from cnnviz.layers.pooling import Pooling


@dataclass(frozen=True)
class AveragePool(Pooling):
    """The mean under the window, per map; padding is not counted."""

    kind = "average_pool"
    equation = r"y_{i,j,c} = \frac{1}{n} \sum_{u,v} x_{i+u,\,j+v,\,c}"
    abbreviation = "a"
    operation = "average"
    keras_name = "AveragePooling2D"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [OH, OW, C]."""
        window = self.window
        return ops.average_pool(inputs[0], window.size, stride=window.stride, padding=window.padding)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradient at the input: each window's in equal shares."""
        window = self.window
        slide = {"stride": window.stride, "padding": window.padding}
        return LayerGradients((gradients.average_pool_gradient(inputs[0], upstream, window.size, **slide),))
