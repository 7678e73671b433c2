"""Batch normalisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Layer, LayerGradients, Shape, SlidingOp, as_maps

EPSILON = 1e-3
"""Keras' default, added to the variance before the square root."""


@dataclass(frozen=True)
class BatchNorm(Layer):
    """`(x - moving_mean) / sqrt(moving_variance + epsilon) * gamma + beta` of each map.

    Attributes:
        epsilon: added to the variance before the square root.
        scale, center: whether there is a gamma, a beta; 1 and 0 otherwise.
    """

    epsilon: float = EPSILON
    scale: bool = True
    center: bool = True

    kind = "batch_norm"
    equation = r"y = \gamma \cdot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"
    name_prefix = "batch_norm"
    abbreviation = "b"
    group = "dense"
    channelwise = True
    non_trainable_weights = ("moving_mean", "moving_variance")

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the trained "gamma" and "beta", if any, and the moving statistics, all [C]."""
        own = [name for name, there in (("gamma", self.scale), ("beta", self.center)) if there]
        return dict.fromkeys((*own, *self.non_trainable_weights), shapes[0][-1:])

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the normalised input, of the same shape."""
        return ops.batch_norm(inputs[0], **complete(weights), epsilon=self.epsilon)

    def batch_statistics(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        """Return mean and variance of each channel over pictures and positions, as used in training.

        >>> BatchNorm("").batch_statistics(np.array([[1.0], [3.0]]))["moving_variance"].tolist()
        [1.0]
        """
        over = tuple(range(batch.ndim - 1))
        exact = batch.astype(np.float64)
        mean, variance = exact.mean(axis=over), exact.var(axis=over)
        return {"moving_mean": mean.astype(batch.dtype), "moving_variance": variance.astype(batch.dtype)}

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients; the moving statistics are constants outside training."""
        (x,) = inputs
        own, weights = weights, complete(weights)
        deviation = np.sqrt(weights["moving_variance"] + x.dtype.type(self.epsilon))
        over = tuple(range(x.ndim - 1))  # all positions of a map

        def at_weights() -> dict[str, np.ndarray]:
            normalised = (x - weights["moving_mean"]) / deviation
            found = {"gamma": (upstream * normalised).sum(axis=over), "beta": upstream.sum(axis=over)}
            return {name: found[name] for name in found if name in own}

        return LayerGradients((upstream * (weights["gamma"] / deviation),), at_weights)

    def call(self) -> Call:
        """Return `BatchNormalization()`."""
        names = {} if self.epsilon == EPSILON else {"epsilon": self.epsilon}
        flags = {name: False for name in ("center", "scale") if not getattr(self, name)}
        return Call("BatchNormalization", (), names | flags)

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 convolution of one map: its scale as the kernel, its shift as the bias."""
        if inputs[0].ndim == 1:
            return None
        mean, variance, gamma, beta = (
            float(complete(weights)[name][map])
            for name in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        scale = gamma / np.sqrt(variance + self.epsilon)
        kernel = np.full((1, 1, 1), scale)
        return SlidingOp(
            "conv",
            as_maps(inputs[0])[..., map : map + 1],
            Window(1),
            kernel,
            beta - mean * scale,
            sources=((0, map),),
        )

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return the formula."""
        return [
            f"scale = {'gamma' if self.scale else 1} / np.sqrt(moving_variance + {self.epsilon})",
            f"result = (x - moving_mean) * scale{' + beta' if self.center else ''}",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.batch_normalization`."""
        return [
            "result = tf.nn.batch_normalization(",
            f"    x, moving_mean, moving_variance, {'beta' if self.center else None}, "
            f"{'gamma' if self.scale else None}, {self.epsilon}",
            ").numpy()",
        ]


def complete(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the weights, {name: float32 [C]}, with gamma 1 and beta 0 where the layer has none."""
    like = weights["moving_mean"]
    return {"gamma": np.ones_like(like), "beta": np.zeros_like(like), **weights}
