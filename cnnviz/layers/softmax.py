"""Softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic import gradients, ops
from cnnviz.layers.base import Call, Incompatibility, Layer, LayerGradients, Shape


@dataclass(frozen=True)
class Softmax(Layer):
    """`exp(x) / sum(exp(x))` of a vector."""

    kind = "softmax"
    equation = r"y_k = \frac{e^{x_k}}{\sum_n e^{x_n}}"
    name_prefix = "softmax"
    abbreviation = "x"
    group = "activation"
    page = "dense"
    probabilities = True

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return None if len(shapes[0]) == 1 else "needs_vector"

    def receptive_field(self, fields: Any, shapes: Any) -> None:
        """Return None: a probability depends on the whole image."""

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the probabilities, [n]."""
        return ops.softmax(inputs[0])

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradient at the logits."""
        return LayerGradients((gradients.softmax_gradient(ops.softmax(inputs[0]), upstream),))

    def call(self) -> Call:
        """Return `Softmax()`."""
        return Call("Softmax")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return exponentials divided by their sum."""
        return ["exponentials = np.exp(x - np.max(x))", "result = exponentials / np.sum(exponentials)"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.nn.softmax`."""
        return ["result = tf.nn.softmax(x).numpy()"]
