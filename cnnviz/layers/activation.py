"""Base class of elementwise activation functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Layer, LayerGradients, SlidingOp, as_maps


@dataclass(frozen=True)
class Activation(Layer):
    """An elementwise function of feature maps, a signal or a vector.

    Class attributes:
        formula: the function in writing, as in `SlidingOp.formula`.
    """

    formula: ClassVar[str]

    group = "activation"
    channelwise = True

    def derivative(self, x: np.ndarray) -> np.ndarray | None:
        """Return the function's derivative at each number of `x`; None if it is not known."""
        return None

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient times the derivative at each number."""
        slope = self.derivative(inputs[0])
        if slope is None:
            return super().backward(upstream, *inputs, **weights)
        return LayerGradients((upstream * slope,))

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 window over one map."""
        if inputs[0].ndim == 1:
            return None
        return SlidingOp(
            "pointwise",
            as_maps(inputs[0])[..., map : map + 1],
            Window(1),
            function=self.kind,
            formula=self.formula,
            compute=self.compute,
            sources=((0, map),),
        )
