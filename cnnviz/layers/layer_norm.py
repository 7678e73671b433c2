"""Layer normalisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Layer, LayerGradients, Shape, SlidingOp, as_maps
from cnnviz.text.numbers import constant

EPSILON = 1e-3
"""Keras' default, added to the variance before the square root."""


@dataclass(frozen=True)
class Normalisation:
    """One channel's output, from a number, the mean and the variance: [..., 3] -> [..., 1]."""

    gamma: float
    beta: float
    epsilon: float

    def __call__(self, terms: np.ndarray) -> np.ndarray:
        """Return the normalised number."""
        value, mean, variance = (terms[..., k : k + 1] for k in range(3))
        return self.gamma * (value - mean) / np.sqrt(variance + self.epsilon) + self.beta


@dataclass(frozen=True)
class LayerNorm(Layer):
    """At each position, the numbers of all channels with mean 0 and variance 1, times gamma, plus beta.

    Attributes:
        epsilon: added to the variance before the square root.
        scale, center: whether there is a gamma, a beta.

    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016, https://arxiv.org/abs/1607.06450
    """

    epsilon: float = EPSILON
    scale: bool = True
    center: bool = True

    kind = "layer_norm"
    equation = (
        r"y_{i,j,c} = \gamma_c \cdot \frac{x_{i,j,c} - \mu_{i,j}}{\sqrt{\sigma_{i,j}^2 + \epsilon}} + \beta_c"
    )
    name_prefix = "layer_norm"
    abbreviation = "ln"
    group = "dense"

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return "gamma" and "beta", both [C], as far as there are any."""
        own = (("gamma", self.scale), ("beta", self.center))
        return {name: shapes[0][-1:] for name, there in own if there}

    def _normalised(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers with mean 0 and variance 1, and the standard deviation at each position."""
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + x.dtype.type(self.epsilon))
        return centred / deviation, deviation

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the normalised input, of the same shape."""
        normalised, _ = self._normalised(inputs[0])
        if self.scale:
            normalised = normalised * weights["gamma"]
        return normalised + weights["beta"] if self.center else normalised

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients; mean and variance depend on the input."""
        normalised, deviation = self._normalised(inputs[0])
        scaled = upstream * weights["gamma"] if self.scale else upstream
        shared = scaled.mean(axis=-1, keepdims=True)
        along = (scaled * normalised).mean(axis=-1, keepdims=True)
        over = tuple(range(upstream.ndim - 1))  # all positions of a map

        def at_weights() -> dict[str, np.ndarray]:
            found = {"gamma": (upstream * normalised).sum(axis=over), "beta": upstream.sum(axis=over)}
            return {name: found[name] for name in found if name in weights}

        return LayerGradients(((scaled - shared - normalised * along) / deviation,), at_weights)

    def call(self) -> Call:
        """Return `LayerNormalization(...)`."""
        names = {} if self.epsilon == EPSILON else {"epsilon": self.epsilon}
        flags = {name: False for name in ("center", "scale") if not getattr(self, name)}
        return Call("LayerNormalization", (), names | flags)

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the formula of map `map`, of its number, and the mean and variance of all maps there."""
        if inputs[0].ndim == 1:
            return None
        x = as_maps(inputs[0])
        gamma = float(weights["gamma"][map]) if self.scale else 1.0
        beta = float(weights["beta"][map]) if self.center else 0.0
        letters = iter("ab")
        factor = f"{{{next(letters)}}} × " if self.scale else ""
        shift = f" + {{({next(letters)})}}" if self.center else ""
        return SlidingOp(
            "terms",
            np.stack([x[..., map], x.mean(axis=-1), x.var(axis=-1)], axis=-1),
            Window(1),
            function=self.kind,
            formula=f"{factor}({{0}} − {{(1)}}) / sqrt({{2}} + {constant(self.epsilon)}){shift}",
            compute=Normalisation(gamma, beta, self.epsilon),
            terms=("value", "mean", "variance"),
            constants=(*([gamma] if self.scale else []), *([beta] if self.center else [])),
            sources=((0, map),),
        )

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return the formula."""
        gamma, beta = (" * gamma" if self.scale else ""), (" + beta" if self.center else "")
        return [
            "mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)",
            f"result = (x - mean) / np.sqrt(variance + {self.epsilon}){gamma}{beta}",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.moments` and `tf.nn.batch_normalization`, which takes any mean and variance."""
        return [
            "x = tf.constant(x, tf.float32)",
            "mean, variance = tf.nn.moments(x, [-1], keepdims=True)",
            "result = tf.nn.batch_normalization(",
            f"    x, mean, variance, {'beta' if self.center else None}, {'gamma' if self.scale else None}, "
            f"{self.epsilon}",
            ").numpy()",
        ]
