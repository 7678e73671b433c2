"""Parametric ReLU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Field, Layer, LayerGradients, Shape, SlidingOp, as_maps


@dataclass(frozen=True)
class ParametricRelu:
    """The function of one channel: `x` above zero, `alpha * x` elsewhere."""

    alpha: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return an array of the shape of `x`."""
        return np.maximum(x, 0) + x.dtype.type(self.alpha) * np.minimum(x, 0)


@dataclass(frozen=True)
class PRelu(Layer):
    """`x` where it is above zero, `alpha * x` elsewhere; training finds alpha.

    Attributes:
        shared: whether alpha is one number for each channel; else one for each number of the input.

    Source: He et al., "Delving Deep into Rectifiers", 2015, https://arxiv.org/abs/1502.01852
    """

    shared: bool = True

    kind = "prelu"
    equation = r"y_{i,j,c} = \max(0, x_{i,j,c}) + \alpha \cdot \min(0, x_{i,j,c})"
    name_prefix = "prelu"
    abbreviation = "pr"
    group = "activation"
    fields = (Field("shared", "shared", switch=True, prefix="e"),)
    channelwise = True

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return alpha's shape: [1, 1, C] for maps if it is shared, else that of the input."""
        (*positions, channels) = shapes[0]
        return {"alpha": (*(1 for _ in positions), channels) if self.shared else shapes[0]}

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return `x` above zero, `alpha * x` elsewhere."""
        (x,) = inputs
        return np.maximum(x, 0) + weights["alpha"] * np.minimum(x, 0)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients; alpha's is summed over the positions that share it."""
        (x,), alpha = inputs, weights["alpha"]
        over = tuple(range(x.ndim - 1)) if self.shared else ()
        return LayerGradients(
            (upstream * np.where(x > 0, x.dtype.type(1), alpha),),
            lambda: {"alpha": (upstream * np.minimum(x, 0)).sum(axis=over, keepdims=True)},
        )

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return `PReLU(...)`, with the axes that share an alpha."""
        axes = list(range(1, len(shapes[0]))) if self.shared else []
        return (Call("PReLU", (), {"shared_axes": axes} if axes else {}),)

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the function of a number; of number and alpha where each position has its own alpha."""
        if inputs[0].ndim == 1:
            return None
        x, alpha = (as_maps(each)[..., map : map + 1] for each in (inputs[0], weights["alpha"]))
        if not self.shared:
            return SlidingOp(
                "terms",
                np.concatenate([x, alpha], axis=-1),
                Window(1),
                function=self.kind,
                formula="max(0, {0}) + {(1)} × min(0, {0})",
                compute=self.of_terms,
                terms=("value", "alpha"),
            )
        slope = float(alpha[0, 0, 0])
        return SlidingOp(
            "pointwise",
            x,
            Window(1),
            function=self.kind,
            formula="max(0, {x}) + {(a)} × min(0, {x})",
            compute=ParametricRelu(slope),
            constants=(slope,),
            sources=((0, map),),
        )

    def of_terms(self, terms: np.ndarray) -> np.ndarray:
        """Return PReLU of numbers, each with its own alpha: [..., 2] -> [..., 1]."""
        return self.compute(terms[..., :1], alpha=terms[..., 1:])

    @classmethod
    def default(cls) -> PRelu:
        """Return one with an alpha for each channel."""
        return cls("")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return the formula."""
        return ["result = np.maximum(x, 0) + alpha * np.minimum(x, 0)"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the formula with `tf.nn.relu`."""
        return [
            "x = tf.constant(x, tf.float32)",
            "result = (tf.nn.relu(x) - alpha * tf.nn.relu(-x)).numpy()",
        ]
