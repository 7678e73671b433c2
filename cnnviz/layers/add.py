"""Elementwise addition of several inputs, as at the end of a skip connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Incompatibility, LayerGradients, Shape, SlidingOp, as_maps
from cnnviz.layers.joining import Joining


@dataclass(frozen=True)
class Add(Joining):
    """The elementwise sum of inputs of equal shape."""

    kind = "add"
    equation = r"y_{i,j,c} = x^{(1)}_{i,j,c} + x^{(2)}_{i,j,c} + \dots"
    name_prefix = "add"
    abbreviation = "add"
    symbol = "+"
    channelwise = True

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return "shapes" if the shapes differ, or None."""
        return None if len(set(shapes)) == 1 else "shapes"

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the sum."""
        first, *others = inputs
        total = first
        for other in others:
            total = total + other
        return total

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient for each input: a sum hands it on to all its terms."""
        return LayerGradients((upstream,) * len(inputs))

    def call(self) -> Call:
        """Return `Add()`."""
        return Call("Add")

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 convolution with weights 1, whose channels are map `map` of each input."""
        if inputs[0].ndim == 1:
            return None
        x = np.stack([as_maps(each)[..., map] for each in inputs], axis=-1)
        return SlidingOp(
            "conv",
            x,
            Window(1),
            np.ones((1, 1, len(inputs))),
            function=self.kind,
            sources=tuple((k, map) for k in range(len(inputs))),
        )

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return a sum."""
        return [f"result = {' + '.join(f'xs[{k}]' for k in range(len(shapes)))}"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.add_n`."""
        return ["result = tf.add_n([tf.constant(x, tf.float32) for x in xs]).numpy()"]
