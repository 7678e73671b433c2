"""Fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.layers.base import Call, Field, Incompatibility, Layer, LayerGradients, Shape
from cnnviz.layers.conv import kernel_arguments
from cnnviz.layers.convolution import BIAS


@dataclass(frozen=True)
class Dense(Layer):
    """`x @ kernel + bias`.

    Attributes:
        units: number of outputs.
        bias: whether there is a bias, one number per unit.
        max_norm: largest norm of each unit's weights, or None (a constraint while training).
        initial_deviation: standard deviation of normal initial weights, or None for Keras' default.
    """

    units: int = 1
    bias: bool = True
    max_norm: float | None = None
    initial_deviation: float | None = None

    kind = "dense"
    equation = r"y_k = b_k + \sum_n x_n \cdot w_{n,k}"
    name_prefix = "dense"
    abbreviation = "d"
    group = "dense"
    fields = (Field("units", "units", 1, 4096), BIAS)
    page = "dense"
    part = "vector"

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return None if len(shapes[0]) == 1 else "needs_vector"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [units]."""
        return (self.units,)

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the kernel's shape [n, units], and the bias's."""
        kernel = {"kernel": (shapes[0][0], self.units)}
        return {**kernel, "bias": (self.units,)} if self.bias else dict(kernel)

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return one product per weight of the kernel."""
        return prod(self.weight_shapes(*shapes)["kernel"])

    def receptive_field(self, fields: Any, shapes: Any) -> None:
        """Return None: a unit depends on the whole image."""

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [units]."""
        return ops.dense(inputs[0], weights["kernel"], weights.get("bias"))

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradients: a weight's is its input times its unit's gradient."""
        (x,) = inputs

        def at_weights() -> dict[str, np.ndarray]:
            return {"kernel": np.outer(x, upstream)} | ({"bias": upstream} if self.bias else {})

        return LayerGradients((weights["kernel"] @ upstream,), at_weights)

    def call(self) -> Call:
        """Return `Dense(...)`."""
        return Call("Dense", (self.units,), {} if self.bias else {"use_bias": False})

    def training_arguments(self) -> dict[str, Any]:
        """Return the kernel's initializer and its max-norm constraint, per unit."""
        return kernel_arguments(self.max_norm, self.initial_deviation, axis=0)

    @classmethod
    def default(cls) -> Self:
        """Return ten units."""
        return cls("", 10)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return a vector-matrix product."""
        return [f"result = x @ kernel{' + bias' if self.bias else ''}"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.matmul`."""
        return [
            "vector = tf.constant(x[np.newaxis], tf.float32)",
            f"units = tf.matmul(vector, tf.constant(kernel, tf.float32)){' + bias' if self.bias else ''}",
            "result = units[0].numpy()",
        ]
