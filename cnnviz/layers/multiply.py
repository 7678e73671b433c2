"""Elementwise product of several inputs, as of feature maps and their importance (squeeze-and-excitation)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Incompatibility, LayerGradients, Shape, SlidingOp, as_maps
from cnnviz.layers.joining import Joining


@dataclass(frozen=True)
class Multiply(Joining):
    """The elementwise product; an axis of length 1 is repeated: [H, W, C] x [1, 1, C] -> [H, W, C].

    Source: Hu, Shen and Sun, "Squeeze-and-Excitation Networks", 2017, https://arxiv.org/abs/1709.01507
    """

    kind = "multiply"
    equation = r"y_{i,j,c} = x^{(1)}_{i,j,c} \cdot x^{(2)}_{i,j,c} \cdot \dots"
    name_prefix = "multiply"
    abbreviation = "mul"
    symbol = "×"
    channelwise = True

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return "shapes" if an axis has two lengths other than 1, or None."""
        fits = len({len(shape) for shape in shapes}) == 1 and all(
            len(set(axis) - {1}) < 2 for axis in zip(*shapes, strict=True)
        )
        return None if fits else "shapes"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the longest of each axis."""
        return tuple(map(max, zip(*shapes, strict=False)))

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return one product per output number and further input."""
        return (len(shapes) - 1) * prod(self.output_shape(*shapes))

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the product."""
        first, *others = inputs
        total = first
        for other in others:
            total = total * other
        return total

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient times the other inputs; of a repeated axis, the sum."""
        found = []
        for k, x in enumerate(inputs):
            at_input = self.compute(upstream, *inputs[:k], *inputs[k + 1 :])
            repeated = tuple(axis for axis, n in enumerate(x.shape) if n < at_input.shape[axis])
            found.append(at_input.sum(axis=repeated, keepdims=True))
        return LayerGradients(tuple(found))

    def call(self) -> Call:
        """Return `Multiply()`."""
        return Call("Multiply")

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the product of map `map` of each input, repeated where it is a single cell."""
        if inputs[0].ndim == 1:
            return None
        own = [min(map, each.shape[-1] - 1) for each in inputs]
        maps = [as_maps(each)[..., channel] for each, channel in zip(inputs, own, strict=True)]
        return SlidingOp(
            "terms",
            np.stack(np.broadcast_arrays(*maps), axis=-1),
            Window(1),
            function=self.kind,
            formula=" × ".join(f"{{({k})}}" if k else "{0}" for k in range(len(inputs))),
            compute=self.product,
            sign="×",
            sources=tuple(enumerate(own)),
        )

    def product(self, factors: np.ndarray) -> np.ndarray:
        """Return the product of the numbers at each position: [..., n] -> [..., 1]."""
        return factors.prod(axis=-1, keepdims=True)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return a product."""
        return [f"result = {' * '.join(f'xs[{k}]' for k in range(len(shapes)))}"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.multiply`, one after the other."""
        lines = ["product = tf.constant(xs[0], tf.float32)"]
        lines += [f"product = tf.multiply(product, xs[{k}])" for k in range(1, len(shapes))]
        return [*lines, "result = product.numpy()"]
