"""Average pooling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import ops
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
